// expect: success "object"
const value = await hazard.deep({ levels: 100_000 });
return typeof value;
