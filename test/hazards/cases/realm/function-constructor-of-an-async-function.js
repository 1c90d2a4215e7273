// expect: error cannot make code from a string
return (async () => {}).constructor("return 1")();
