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

const runError = z.object({
  kind: z.string(),
  name: z.string(),
  message: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  frame: z.string().optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
  args: z.unknown().optional(),
  hint: z.string().optional(),
  retry_safe: z.enum(['yes', 'no', 'unknown']).optional(),
});

const callRecord = z.object({
  index: z.number(),
  server: z.string(),
  tool: z.string(),
  ok: z.boolean(),
  ms: z.number(),
  effect: z.enum(['read', 'write', 'unknown']),
  line: z.number().optional(),
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
export type RunError = z.infer<typeof runError>;
