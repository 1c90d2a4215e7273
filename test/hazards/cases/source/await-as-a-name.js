// expect: error Cannot use "await" as an identifier
const await = 1;
return await;
