// expect: error many
throw new AggregateError(Array.from({ length: 10_000 }, (_, i) => new Error(`${i}`)), "many");
