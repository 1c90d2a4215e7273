// expect: success 2
export let a = 1;
a = 2;
export { a as default };
