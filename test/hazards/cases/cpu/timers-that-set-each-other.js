// expect: limit (cpuMsMax)
const again = () => {
  const end = Date.now() + 5;
  while (Date.now() < end);
  setTimeout(again, 0);
  setTimeout(again, 0);
};
again();
await new Promise(() => {});
