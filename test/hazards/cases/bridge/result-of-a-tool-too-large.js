// expect: error the result is too large
await hazard.large({ characters: 2_000_000 });
