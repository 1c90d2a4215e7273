// expect: limit (heapMebibytesMax)
return (await hazard.large({ characters: 20_000_000 })).length;
