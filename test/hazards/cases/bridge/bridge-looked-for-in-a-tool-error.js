// expect: success [false,"args,content,kind,retrySafe,server,tool"]
const error = await hazard.fail({}).catch((thrown) => thrown);
return [/isolate|node:|dist|file:|[\\/]/.test(error.stack), Object.keys(error).sort().join()];
