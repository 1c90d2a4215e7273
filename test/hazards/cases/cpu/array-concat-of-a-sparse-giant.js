// expect: success 0
return [].concat({ length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true }).length;
