// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
// either: the process holds the text as it came before it hands it to the isolate, and the watch over the process may look just then
return (await hazard.large({ characters: 20_000_000 })).length;
