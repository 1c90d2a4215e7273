// expect: error nothing can settle
return new Promise(() => {});
