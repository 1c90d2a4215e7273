// expect: error Cannot read properties of null (reading 'x')
null.x;
//# sourceMappingURL=../../../../etc/passwd
