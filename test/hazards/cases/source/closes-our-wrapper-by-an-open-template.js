// expect: error Unexpected end of the script
return `open
