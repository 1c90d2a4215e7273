// expect: error
throw { then() { for (;;); } };
