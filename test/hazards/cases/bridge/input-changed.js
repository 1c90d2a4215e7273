// expect: success 3
input.id = 2;
Object.freeze(input);
globalThis.input = 3;
return input;
