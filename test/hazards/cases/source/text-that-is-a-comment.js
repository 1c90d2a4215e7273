// expect: success undefined
// nothing to do
