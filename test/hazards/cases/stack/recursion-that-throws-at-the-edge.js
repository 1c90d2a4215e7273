// expect: limit (heapMebibytesMax)
function f() {
  try {
    f();
  } catch (error) {
    throw new Error("deep", { cause: error });
  }
}
f();
