// expect: limit (cpuMsMax)
return [].concat({ get [Symbol.isConcatSpreadable]() { for (;;); } });
