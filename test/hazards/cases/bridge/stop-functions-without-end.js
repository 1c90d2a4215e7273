// expect: error functions are registered, the most allowed
for (;;) onStop(() => {});
