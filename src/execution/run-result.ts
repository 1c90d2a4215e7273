/** The shape of a run's result, the same for the MCP tool, the command line and the library. */
import * as z from 'zod';

export const runStatuses = ['success', 'error', 'type_error', 'timeout', 'aborted', 'limit'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** The exit code that goes with each status, as a shell would give it. */
export const returnCodes: { readonly [status in RunStatus]: number } = {
  success: 0,
  error: 1,
  type_error: 2,
  timeout: 124,
  aborted: 130,
  limit: 137,
};

const typeDiagnostic = z.object({
  /** TypeScript's, as `TS2339`. */
  code: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  frame: z.string(),
  hint: z.string().optional(),
});

const runError = z.object({
  kind: z.string(),
  name: z.string(),
  message: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  frame: z.string().optional(),
  /** Who called, where the error was thrown further in: from the inside outwards. */
  called_from: z.array(z.object({ line: z.number(), function: z.string().optional() })).optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
  /** Where in the arguments the fault lies: `args.items[0].name`. */
  path: z.string().optional(),
  /** Long values shortened, secrets replaced, by the names of their keys. */
  args: z.unknown().optional(),
  hint: z.string().optional(),
  retry_safe: z.enum(['yes', 'no', 'unknown']).optional(),
  /** For `type_error`: up to ten, the first one included. */
  diagnostics: z.array(typeDiagnostic).optional(),
  /** How many there are, where not all are listed. */
  diagnostics_total: z.number().optional(),
});

const callRecord = z.object({
  index: z.number(),
  server: z.string(),
  tool: z.string(),
  ok: z.boolean(),
  ms: z.number(),
  effect: z.enum(['read', 'write', 'unknown']),
  line: z.number().optional(),
  /** Made by `onStop`. */
  stop: z.boolean().optional(),
  /** The script had not waited for it when it returned. */
  awaited: z.literal(false).optional(),
  /** No server was asked: the answer is from the run that was resumed, or the call was held back by the plan. */
  answered_by: z.enum(['journal', 'plan']).optional(),
  error: z.string().optional(),
  outcome: z.enum(['failed', 'done', 'unknown']).optional(),
});

export const runResultSchema = z.object({
  run_id: z.string(),
  status: z.enum(runStatuses),
  returncode: z.number(),
  output: z.string(),
  result: z.unknown().optional(),
  error: runError.optional(),
  calls: z.array(callRecord),
  /** Where the script registered something by `onStop` and was cut off. */
  stop: z
    .object({
      /** Everything registered was carried out, to its end and without a failure; else `error` says what was not. */
      ran: z.boolean(),
      reason: z.enum(['timeout', 'aborted', 'limit', 'error']),
      calls: z.array(callRecord),
      error: z.string().optional(),
    })
    .optional(),
  /** Of a resumed run: how many calls of the earlier one were not made again, and how many it did not come to. */
  reused: z
    .object({ run_id: z.string(), calls: z.number(), writes: z.number(), left: z.number() })
    .optional(),
  /** Of a run with `mode: "plan"`: what was held back. `digest` only where the script came to its end. */
  plan: z
    .object({
      digest: z.string().optional(),
      total: z.number(),
      effects: z.array(
        z.object({
          server: z.string(),
          tool: z.string(),
          effect: z.enum(['write', 'unknown']),
          count: z.number(),
          lines: z.array(z.number()),
          /** Long values shortened, secrets hidden; those of the first 50. */
          arguments: z.array(z.unknown()),
        }),
      ),
    })
    .optional(),
  /** Of a run with `apply`: effects of the plan that were done, and that the script did not come to. */
  applied: z.object({ digest: z.string(), done: z.number(), left: z.number() }).optional(),
  /** Calls that were never sent: the script ended before their turn. */
  calls_not_sent: z.number().optional(),
  /** Of a success: what it must not hide, such as calls that were never awaited or that failed; a sentence each. */
  notes: z.array(z.string()).optional(),
  /** Type errors of a script that ran in spite of them (`check: "warn"`). */
  warnings: z.array(typeDiagnostic).optional(),
  /** Why the script ran without its types being checked. */
  unchecked: z.string().optional(),
  /** For `check_only`: `server.tool` for each that the script can call; `server.*` and `*` where it chooses as it runs. */
  tools: z.array(z.string()).optional(),
  /** `bytes` were not kept, because of `limit` (bytes for `output`, rows for `calls`). */
  truncated: z.object({ what: z.enum(['output', 'calls']), bytes: z.number(), limit: z.number() }).optional(),
  stats: z.object({
    wall_ms: z.number(),
    cpu_ms: z.number(),
    memory_bytes_peak: z.number(),
    calls: z.number(),
    bytes_from_tools: z.number(),
    bytes_to_agent: z.number(),
  }),
});

export type RunResult = z.infer<typeof runResultSchema>;
export type TypeDiagnostic = z.infer<typeof typeDiagnostic>;
export type RunError = z.infer<typeof runError>;
