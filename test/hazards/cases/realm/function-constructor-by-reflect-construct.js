// expect: error cannot make code from a string
return Reflect.construct(Object.getPrototypeOf(async () => {}).constructor, ["return 1"])();
