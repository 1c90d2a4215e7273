// expect: error
Error.prepareStackTrace = () => { for (;;); };
null.x;
