// expect: success 20000000 | limit | error
return (await hazard.large({ characters: 20_000_000 })).length;
