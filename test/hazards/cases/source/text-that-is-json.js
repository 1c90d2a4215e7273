// expect: error | success
{"a": 1}
