// expect: limit (cpuMsMax)
Promise.reject({ get message() { for (;;); }, toString() { for (;;); } });
await new Promise((go) => setTimeout(go, 50));
return 1;
