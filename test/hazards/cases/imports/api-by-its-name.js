// expect: success 1
import { hazard } from "unified_api";
export default (await hazard.echo({ a: 1 })).a;
