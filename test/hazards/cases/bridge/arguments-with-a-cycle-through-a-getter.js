// expect: error nested more than 1000 levels deep
const make = () => ({ get a() { return make(); } });
await hazard.echo(make());
