/** Where a script calls a tool: told once by the guest, then every call from there names it by number. */
import { positionOf } from './bridge.ts';

/** One tool, called in one place of the script. */
export interface CallSite {
  readonly server: string;
  readonly tool: string;
  readonly raw: boolean;
  /** Of the compiled script, 0 where unknown. */
  readonly line: number;
  readonly column: number;
  /** What the header of a `call` says of it: ASCII. */
  readonly header: string;
}

/** @param place as the guest tells it */
export function callSite(raw: boolean, server: string, tool: string, place: string): CallSite {
  const fields = { server, tool, raw, ...positionOf(place) };
  return { ...fields, header: `,${ascii(JSON.stringify(fields)).slice(1)}` };
}

/** The header of a `call`, as `protocol.ts` has it. `run` is the orchestrator's, and plain text. */
export function callHeader(run: string, id: number, { header }: CallSite): string {
  return `{"type":"call","run":"${run}","id":${id}${header}`;
}

function ascii(json: string): string {
  return json.replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
