// expect: limit | error
for (;;) console.group();
