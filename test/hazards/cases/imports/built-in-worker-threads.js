// expect: error Cannot import
import x from "worker_threads";
export default x;
