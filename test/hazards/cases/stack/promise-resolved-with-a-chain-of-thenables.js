// expect: success 1
let p = { then: (go) => go(1) };
for (let i = 0; i < 100_000; i++) {
  const inner = p;
  p = { then: (go) => go(inner) };
}
return await p;
