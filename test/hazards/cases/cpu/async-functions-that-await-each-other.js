// expect: limit (cpuMsMax)
const ping = async () => { await 0; return pong(); };
const pong = async () => { await 0; return ping(); };
await ping();
