// expect: success 1
return "\ud800".length;
