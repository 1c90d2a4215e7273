// expect: error
return `open
