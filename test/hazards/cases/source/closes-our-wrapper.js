// expect: error
}); for (;;) break; (function () {
