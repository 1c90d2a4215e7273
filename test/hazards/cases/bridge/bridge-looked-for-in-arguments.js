// expect: success ["undefined","undefined",0,true]
return [typeof $0, typeof arguments[0], arguments.length, this === undefined];
