// expect: error Expected ";" but found ")"
}); for (;;) break; (function () {
