// expect: error
import source x from "./x.wasm";
return typeof x;
