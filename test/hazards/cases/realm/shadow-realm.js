// expect: error ShadowRealm is not defined
return new ShadowRealm().evaluate("1");
