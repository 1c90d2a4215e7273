// expect: success 1
Object.prototype.polluted = 1;
Array.prototype.map = null;
return {}.polluted;
