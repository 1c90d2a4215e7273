// expect: success 9007199254740991 | success | error | limit
return [].concat({ length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true }).length;
