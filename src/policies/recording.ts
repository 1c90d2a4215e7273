/** A run written down: every call with what came of it, so that it can be played again without any server. Secrets are hidden. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { ToolFailure } from '../../sandbox/protocol.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { RecordedCall, RunRecord } from '../execution/run-record.ts';
import { hasContent, hidden, isSecretKey, withoutSecretsInside } from '../execution/shown-arguments.ts';
import { fileProblem, writeAdvice, writeWhole } from '../whole-file.ts';

const failureSchema = z.looseObject({
  message: z.string(),
  kind: z.string(),
  retrySafe: z.enum(['yes', 'no', 'unknown']),
});

const callSchema = z.strictObject({
  /** `server.tool`, by the names in scripts. */
  tool: z.string().regex(/^[^.]+\../),
  /** The MCP result as it is was asked for. */
  raw: z.literal(true).optional(),
  args: z.unknown(),
  value: z.unknown().optional(),
  /** What the script was told, where the call failed. */
  failure: failureSchema.optional(),
});

const recordingSchema = z.strictObject({
  /** Of this format. */
  recording: z.literal(1),
  /** The policy whose run it was; else the script stands here. */
  policy: z.string().optional(),
  script: z.string().optional(),
  input: z.unknown().optional(),
  calls: z.array(callSchema),
  result: z.unknown().optional(),
  error: z.looseObject({ kind: z.string(), message: z.string() }).optional(),
});

export type Recording = z.infer<typeof recordingSchema>;
export type RecordingCall = Recording['calls'][number];

/**
 * @param record of a run that has ended
 * @param catalog in which the names of its tools are looked up
 * @throws OrchestratorError limit_exceeded where the record does not hold all that was said
 */
export function recordingOf(record: RunRecord, catalog: Pick<Catalog, 'server'>): Recording {
  const { request, script, input, result } = record;
  const calls = record.calls.filter(({ stop }) => !stop).map((call) => callOf(call, catalog));
  const { error } = result ?? {};
  return {
    recording: 1,
    ...(request.policy === undefined ? { script } : { policy: request.policy }),
    ...(input !== undefined && { input: withoutSecrets(input) }),
    calls,
    ...(result?.result !== undefined && { result: withoutSecrets(result.result) }),
    ...(error && { error: { kind: error.kind, message: withoutSecretsInside(error.message) } }),
  };
}

/** Secrets by the names of their keys, and tokens in texts, are replaced: a recording is made to be kept with the code. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecretsInside(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    isSecretKey(key) && hasContent(inner) ? hidden : withoutSecrets(inner),
  ]);
  return Object.fromEntries(entries);
}

/** @throws OrchestratorError arguments_invalid */
export async function readRecording(file: string): Promise<Recording> {
  try {
    const parsed = recordingSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    throw new Error(z.prettifyError(parsed.error));
  } catch (cause) {
    throw new OrchestratorError('arguments_invalid', `${file} is no recording: ${messageOf(cause)}`, {
      hint: 'Make one with: run FILE --record RECORDING, or policies run NAME --record RECORDING',
      cause,
    });
  }
}

/** Whole or not at all. Creates the folder. @throws OrchestratorError arguments_invalid */
export async function writeRecording(file: string, recording: Recording): Promise<void> {
  try {
    await writeWhole(file, `${JSON.stringify(recording, undefined, 2)}\n`);
  } catch (cause) {
    throw new OrchestratorError(
      'arguments_invalid',
      `The recording ${file} cannot be written: ${fileProblem(cause)}`,
      { hint: writeAdvice(cause, file), cause },
    );
  }
}

/** Where the recordings of a policy lie. */
export function recordingsFolder(policyFile: string): string {
  return path.join(path.dirname(policyFile), 'recordings', path.basename(policyFile, '.ts'));
}

function callOf(call: RecordedCall, catalog: Pick<Catalog, 'server'>): RecordingCall {
  const { server, tool, args, value, value_bytes, failure, raw, index, ok } = call;
  if (args === undefined || (ok && value === undefined)) {
    throw new OrchestratorError(
      'limit_exceeded',
      `Call #${index} (${server}.${tool}) is too large to be recorded${value_bytes === undefined ? '' : `: its value has ${value_bytes} bytes`}.`,
      { hint: 'Raise orchestrator.limits.recordValueBytesMax or recordBytesMax, or let the tool give less.' },
    );
  }
  const found = catalog.server(server);
  const own = found?.tools.find(({ name }) => name === tool)?.identifier ?? tool;
  return {
    tool: `${found?.identifier ?? server}.${own}`,
    ...(raw && { raw }),
    args: withoutSecrets(JSON.parse(args)),
    ...(value !== undefined && { value: withoutSecrets(JSON.parse(value)) }),
    ...(!ok && { failure: failureOf(failure, call.error) }),
  };
}

/** Of a call that the script never waited for, nothing is known. */
function failureOf(failure: ToolFailure | undefined, error: string | undefined) {
  if (!failure)
    return { kind: 'call_aborted', message: error ?? 'it did not end', retrySafe: 'unknown' } as const;
  return { ...failure, message: withoutSecretsInside(failure.message) };
}
