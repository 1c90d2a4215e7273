// expect: success "string" | success "object" | error
const value = await hazard.deep({ levels: 100_000 });
return typeof value;
