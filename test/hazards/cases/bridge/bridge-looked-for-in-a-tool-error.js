// expect: success [false,"args,content,kind,retrySafe,server,tool"] | success
const error = await hazard.fail({}).catch((thrown) => thrown);
return [/guest\.js|isolate|node:|dist|file:/.test(error.stack), Object.keys(error).sort().join()];
