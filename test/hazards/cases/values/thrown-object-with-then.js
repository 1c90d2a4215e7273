// expect: error An object was thrown: { then: [Function: then] }
throw { then() { for (;;); } };
