/**
 * What a policy file declares. The file is a stranger's code like any script: it is evaluated in the sandbox, in a run
 * of its own without tools, and what comes out is checked here.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { messageOf, OrchestratorError } from '../errors.ts';
import { compilePolicy } from '../execution/bundle-policy.ts';
import { codeFrame, type Position } from '../execution/code-frame.ts';
import { ScriptCompileError } from '../execution/compile-error.ts';
import { RecentResults } from '../execution/recent-results.ts';
import type { SandboxPool } from '../execution/sandbox-pool.ts';
import { describeScriptFailure } from '../execution/script-error.ts';
import type { Limits } from '../limits.ts';
import type { PolicyFile } from './policy-files.ts';

const jsonSchema = z.looseObject({});
const schedule = z.strictObject({
  cron: z.string().min(1),
  timezone: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
});

const declarationSchema = z.strictObject({
  description: z.string().trim().min(1, 'says nothing').max(4_000),
  input: z.looseObject({ type: z.literal('object', 'must be z.object({ ... })') }),
  output: jsonSchema.optional(),
  tools: z.array(z.string().regex(/^[^\s.]+(?:\.|__)\S+$/, 'must be "server.tool" or "server.*"')).max(500),
  limits: z
    .strictObject({
      wallSecondsMax: z.number().positive().optional(),
      callsMax: z.int().nonnegative().optional(),
    })
    .optional(),
  schedule: z
    .union([z.string().transform((cron): z.infer<typeof schedule> => ({ cron })), schedule])
    .optional(),
  expose: z.boolean().optional(),
});

/** Its schemas are JSON Schemas; the stranger's. */
export type Declaration = z.infer<typeof declarationSchema>;

export interface DeclareOptions {
  readonly sandboxes: Pick<SandboxPool, 'run'>;
  readonly limits: Limits;
}

/** @throws OrchestratorError policy_invalid, with the place in the file where it is known */
export async function readDeclaration(
  policy: PolicyFile,
  { sandboxes, limits }: DeclareOptions,
): Promise<Declaration> {
  const { source } = policy;
  const { declareMsMax } = limits;
  const signal = AbortSignal.timeout(declareMsMax);
  try {
    const compiled = await compilePolicy(source, { purpose: 'declare', msMax: limits.compileMsMax, signal });
    const { ok, result, failure } = await sandboxes.run({
      run: `declare_${randomUUID()}`,
      code: compiled.code,
      signal,
      onCall: async ({ server, tool }) => ({ ok: false, failure: noCalls(server, tool) }),
      onOutput: () => {},
    });
    if (ok) return parseDeclaration(policy, result ?? null);
    if (!failure) throw new Error('the sandbox gave no reason');
    if (signal.aborted) throw new Error(`it takes more than ${declareMsMax} ms to be read (declareMsMax)`);
    const { error } = describeScriptFailure(failure, {
      source,
      compiled,
      apiNames: [],
      results: new RecentResults(),
    });
    const { message, hint, line, column } = error;
    throw invalid(policy, message, { hint, position: placeOf(line, column) });
  } catch (error) {
    if (error instanceof ScriptCompileError)
      throw invalid(policy, error.message, { hint: error.hint, position: error.position });
    if (error instanceof OrchestratorError) throw error;
    throw invalid(policy, messageOf(error), {});
  }
}

function placeOf(line: number | undefined, column: number | undefined): Position | undefined {
  return line === undefined || column === undefined ? undefined : { line, column };
}

function parseDeclaration(policy: PolicyFile, value: unknown): Declaration {
  const parsed = declarationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map(({ path, message }) => `policy.${path.join('.')}: ${message}`);
  throw invalid(policy, said.join('; '), { position: declarationPlace(policy.source) });
}

/** Where `export const policy` stands. */
export function declarationPlace(source: string): Position | undefined {
  const lines = source.split('\n');
  const index = lines.findIndex((line) => /^export\s+const\s+policy\b/.test(line));
  return index < 0 ? undefined : { line: index + 1, column: 1 };
}

function invalid(
  { name, file, source }: PolicyFile,
  message: string,
  { hint, position }: { hint?: string | undefined; position?: Position | undefined },
): OrchestratorError {
  const place = position ? `${file}:${position.line}:${position.column}` : file;
  const frame = position ? `\n${codeFrame(source, position)}` : '';
  return new OrchestratorError(
    'policy_invalid',
    `The policy "${name}" cannot be used: ${message}\n  at ${place}${frame}`,
    { hint },
  );
}

function noCalls(server: string, tool: string) {
  return {
    message: 'A policy file calls no tool while it is read: call it in the function that it exports.',
    kind: 'tool_not_allowed',
    server,
    tool,
    retrySafe: 'yes',
  } as const;
}
