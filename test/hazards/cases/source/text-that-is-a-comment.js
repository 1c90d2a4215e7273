// expect: success | error
// nothing to do
