// expect: error Source phase imports are not available
import source x from "./x.wasm";
return typeof x;
