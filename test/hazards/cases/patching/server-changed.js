// expect: error cannot be changed
hazard.echo = () => "mine";
