// expect: error Expected ";" but found ")"
}); $0(3, "{}"); (async function ($0) {
