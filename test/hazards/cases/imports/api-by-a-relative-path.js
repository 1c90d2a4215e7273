// expect: success 1
import { hazard } from "../generated/unified_api.ts";
export default (await hazard.echo({ a: 1 })).a;
