// expect: error cannot make code from a string
return (async function* () {}).constructor("yield 1")().next();
