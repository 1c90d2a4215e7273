// expect: success "mine" | error
globalThis.hazard = { echo: () => "mine" };
return hazard.echo();
