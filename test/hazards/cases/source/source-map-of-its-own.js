// expect: error Cannot read properties of null (reading 'x')
null.x;
//# sourceMappingURL=data:application/json,{"version":3,"sources":["/etc/passwd"],"mappings":"AAAA"}
