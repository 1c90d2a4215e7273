// expect: success ["undefined","undefined","undefined","undefined","undefined"]
return [typeof guest, typeof boot, typeof post, typeof $262, typeof __script];
