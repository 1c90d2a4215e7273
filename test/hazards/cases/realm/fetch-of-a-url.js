// expect: error fetch is not defined
return await fetch("http://127.0.0.1/");
