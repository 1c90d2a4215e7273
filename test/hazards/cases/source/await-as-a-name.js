// expect: error
const await = 1;
return await;
