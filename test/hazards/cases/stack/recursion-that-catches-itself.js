// expect: limit (cpuMsMax) | error Maximum call stack
const f = () => {
  try {
    f();
  } catch {
    f();
  }
};
f();
