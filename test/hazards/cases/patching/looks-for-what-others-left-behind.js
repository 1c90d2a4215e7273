// expect: success ["undefined","undefined","function","undefined",false]
return [typeof left, typeof {}.polluted, typeof [].map, typeof leftToo, Object.isFrozen(Object.prototype)];
