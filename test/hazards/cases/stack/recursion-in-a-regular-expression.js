// expect: success true
return new RegExp("(".repeat(10_000) + ")".repeat(10_000)).test("");
