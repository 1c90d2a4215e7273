// expect: error Cannot assign to read only property 'hazard'
globalThis.hazard = { echo: () => "mine" };
return hazard.echo();
