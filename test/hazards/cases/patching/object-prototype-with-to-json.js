// expect: success "string"
Object.prototype.toJSON = () => "forged";
const value = await hazard.echo({ a: 1 }).catch((error) => error.message);
return typeof value;
