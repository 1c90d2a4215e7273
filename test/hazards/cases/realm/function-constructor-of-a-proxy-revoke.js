// expect: error cannot make code from a string
return Proxy.revocable({}, {}).revoke.constructor("return process")();
