// expect: error Expected ";" but found ":"
{"a": 1}
