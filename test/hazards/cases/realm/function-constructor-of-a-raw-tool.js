// expect: error cannot make code from a string
return hazard.echo.raw.constructor("return process")();
