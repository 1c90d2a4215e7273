// expect: limit (cpuMsMax)
const f = () => {
  try {
    f();
  } catch {
    f();
  }
};
f();
