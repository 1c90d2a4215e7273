// expect: success 1
return { then(go, fail) { go(1); fail(new Error("late")); go(2); } };
