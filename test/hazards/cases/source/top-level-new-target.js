// expect: success undefined
return new.target;
