// expect: error timersMax
for (;;) setTimeout(() => {}, 1e6);
