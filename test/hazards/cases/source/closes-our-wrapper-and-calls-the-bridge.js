// expect: error
}); $0(3, "{}"); (async function ($0) {
