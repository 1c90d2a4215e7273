// expect: success 1
export const then = () => { for (;;); };
export default 1;
