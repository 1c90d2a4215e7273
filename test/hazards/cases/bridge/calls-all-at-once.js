// expect: success 250
const all = await Promise.all(Array.from({ length: 250 }, (_, i) => hazard.echo({ i })));
return all.length;
