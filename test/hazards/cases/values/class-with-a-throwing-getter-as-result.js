// expect: error result.a could not be read
return { get a() { throw { toString() { for (;;); } }; } };
