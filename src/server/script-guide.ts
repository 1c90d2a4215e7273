/** What a script and its run can do beyond what the description of `execute_composed_code` has room for. */
import type { Limits } from '../limits.ts';

/** @returns text for agents, with the limits as they are */
export function scriptGuide({ wallSecondsDefault, wallSecondsMax }: Limits): string {
  return `Scripts call tools as await server.tool({...}) or await server__tool({...}); both are globals, and importable from "unified_api".
A call gives structuredContent where the tool declares an output schema, else its text parsed as JSON where it is JSON, else the text, else the content blocks; server.tool.raw({...}) gives the MCP result as it is.
A failed call throws ToolError {server, tool, args, kind, retrySafe: "yes"|"no"|"unknown", hint, message}.
Also there: console, timers, URL, TextEncoder, structuredClone, crypto.randomUUID, AbortController, and the run's \`input\`.
What must be undone where the script is cut off (timeout, limit, cancelled): onStop(() => arm.halt({})), or await onStop([{ tool: "arm.halt", args: {} }]), which holds even where the sandbox is killed.

Arguments of execute_composed_code:
- timeout: seconds, ${wallSecondsDefault} where absent, ${wallSecondsMax} at most. input: JSON, the script's \`input\`.
- check: "warn" runs the script in spite of type errors, "off" does not look for them. check_only: runs nothing; names the type errors, and the tools that the script can call.
- resume_from: the run_id of a run that failed. Calls that it completed are not made again, but answered from its record; with fresh_reads only those that may write.
- mode: "plan": makes the reads, holds all other calls back and lists them with a digest. apply: that digest, with the same code: does them, and stops before anything else.
- background: answers with a run_id at once; get_run {run_id, wait_seconds} follows it, cancel_run ends it.`;
}
