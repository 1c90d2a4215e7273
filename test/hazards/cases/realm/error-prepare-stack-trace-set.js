// expect: error Cannot assign to read only property 'prepareStackTrace'
Error.prepareStackTrace = () => { for (;;); };
null.x;
