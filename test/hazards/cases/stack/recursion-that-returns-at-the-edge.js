// expect: success true
async function f(n) {
  try {
    return await f(n + 1);
  } catch {
    return n;
  }
}
return (await f(0)) > 100;
