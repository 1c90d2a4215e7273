// expect: error Worker is not defined
return new Worker("data:text/javascript,1");
