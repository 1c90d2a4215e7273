// expect: success ["undefined","undefined","undefined"]
return [typeof require.resolve, typeof require.cache, typeof require.main];
