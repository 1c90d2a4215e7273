// expect: error nothing can settle
await { then() {} };
