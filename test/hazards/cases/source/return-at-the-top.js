// expect: success undefined
return;
