// expect: success 1
hazard.slow({ ms: 100 });
return 1;
