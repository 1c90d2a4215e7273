// expect: success ["undefined","undefined","undefined"]
return [typeof hazard.constructor, typeof hazard.__proto__, typeof hazard.prototype];
