// expect: error [Function (anonymous)] was thrown
throw () => {};
