// expect: error nothing can settle
async function* f() {
  await new Promise(() => {});
}
for await (const x of f());
