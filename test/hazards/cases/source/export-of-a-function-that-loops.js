// expect: limit (cpuMsMax)
export default function () {
  for (;;);
}
