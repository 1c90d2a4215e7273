// expect: success
return;
