// expect: success true
return /\}\)/.test("})");
