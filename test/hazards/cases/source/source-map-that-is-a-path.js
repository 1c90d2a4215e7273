// expect: error
null.x;
//# sourceMappingURL=../../../../etc/passwd
