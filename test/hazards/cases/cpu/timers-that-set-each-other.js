// expect: limit (cpuMsMax) | error timersMax
const again = () => {
  for (let i = 0; i < 2_000; i++);
  setTimeout(again, 0);
  setTimeout(again, 0);
};
again();
await new Promise(() => {});
