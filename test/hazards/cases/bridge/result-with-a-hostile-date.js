// expect: success "x"
return Object.assign(new Date(0), { toISOString() { for (;;); }, toJSON() { return "x"; } });
