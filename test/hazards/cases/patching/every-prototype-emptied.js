// expect: error Reflect.ownKeys is not a function
const roots = [Object, Array, Function, String, Number, Promise, Map, Set, Error, RegExp, Date];
for (const { prototype } of roots) {
  for (const key of Reflect.ownKeys(prototype)) {
    try {
      delete prototype[key];
    } catch {}
  }
}
throw new Error("after all");
