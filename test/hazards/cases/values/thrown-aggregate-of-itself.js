// expect: error self
const error = new AggregateError([], "self");
error.errors = [error];
throw error;
