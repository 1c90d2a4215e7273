/**
 * Plays a policy against a recording, without any server: each call is answered from it. Strict: every call of the
 * recording has to be made, no other one may be, and the result has to be the same. The first difference is told.
 */
import { randomUUID } from 'node:crypto';
import { orchestratorServer } from '../../sandbox/protocol.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import { compilePolicy } from '../execution/bundle-policy.ts';
import { canonicalJson } from '../execution/canonical.ts';
import { ScriptCompileError } from '../execution/compile-error.ts';
import type { SandboxCall, SandboxPool, SandboxReply } from '../execution/sandbox-pool.ts';
import type { Limits } from '../limits.ts';
import { describeDifference, firstDifference, shown } from './difference.ts';
import type { Policy } from './policy.ts';
import { type Recording, type RecordingCall, withoutSecrets } from './recording.ts';

export interface ReplayOptions {
  readonly sandboxes: Pick<SandboxPool, 'run'>;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

/** @returns the first difference in one or more lines; undefined where there is none */
export async function replay(
  policy: Pick<Policy, 'source' | 'declaration'>,
  recording: Recording,
  { sandboxes, limits, signal: outer }: ReplayOptions,
): Promise<string | undefined> {
  const player = new Player(recording);
  const ender = new AbortController();
  const seconds = policy.declaration.limits?.wallSecondsMax ?? limits.wallSecondsDefault;
  const signals = [ender.signal, AbortSignal.timeout(Math.min(seconds, limits.wallSecondsMax) * 1_000)];
  const signal = AbortSignal.any(outer ? [...signals, outer] : signals);
  try {
    const msMax = limits.compileMsMax;
    const compiled = await compilePolicy(policy.source, { purpose: 'run', msMax, signal });
    const { ok, result, failure } = await sandboxes.run({
      run: `replay_${randomUUID()}`,
      code: compiled.code,
      input: JSON.stringify(recording.input ?? {}),
      api: apiOf(policy, recording),
      signal,
      onCall: async (call) => {
        const { line, column } = call;
        const place = line > 0 ? compiled.authorPosition({ line, column }) : undefined;
        const reply = player.answer(call, place?.line);
        // What comes after the first difference says nothing.
        if (player.difference !== undefined) ender.abort();
        return reply;
      },
      onOutput: () => {},
    });
    if (player.difference !== undefined) return player.difference;
    if (signal.aborted && !ok)
      return outer?.aborted ? 'it was interrupted' : `it did not end within ${seconds} s`;
    const error = ok
      ? undefined
      : { kind: failure?.tool?.kind ?? 'script_error', message: failure?.message ?? '' };
    return player.compareEnd(ok ? (result ?? null) : undefined, error);
  } catch (error) {
    if (error instanceof ScriptCompileError || error instanceof OrchestratorError) return messageOf(error);
    throw error;
  }
}

/** The names that the script had: those that it called, and those that the policy lists. */
function apiOf({ declaration }: Pick<Policy, 'declaration'>, { calls }: Recording): string {
  const servers = new Map<string, Set<string>>();
  for (const address of [...declaration.tools, ...calls.map(({ tool }) => tool)]) {
    const [server = '', ...rest] = address.split(/\.|__/);
    const tools = servers.get(server) ?? new Set();
    servers.set(server, tools);
    const tool = address.slice(server.length).replace(/^(?:\.|__)/, '');
    if (tool !== '*' && rest.length > 0) tools.add(tool);
  }
  return JSON.stringify({
    servers: Object.fromEntries([...servers].map(([name, tools]) => [name, [...tools]])),
  });
}

class Player {
  readonly #recording: Recording;
  /** Calls not made yet, by what they are. */
  readonly #left = new Map<string, RecordingCall[]>();
  #made = 0;
  difference: string | undefined;

  constructor(recording: Recording) {
    this.#recording = recording;
    for (const call of recording.calls) {
      const key = keyOf(call.tool, call.raw === true, call.args);
      const same = this.#left.get(key) ?? [];
      this.#left.set(key, [...same, call]);
    }
  }

  answer({ server, tool, raw, args }: SandboxCall, line: number | undefined): SandboxReply {
    // What is to be done when a script is cut off: here none is.
    if (server === orchestratorServer) return { ok: true, value: '' };
    this.#made += 1;
    const address = `${server}.${tool}`;
    const given = withoutSecrets(JSON.parse(args));
    const call = this.#left.get(keyOf(address, raw, given))?.shift();
    if (call) return replyOf(call, server, tool);
    this.difference ??= this.#unexpected(address, given, line);
    const message = 'The recording has no such call.';
    return { ok: false, failure: { message, kind: 'arguments_invalid', server, tool, retrySafe: 'no' } };
  }

  compareEnd(result: unknown, error: Recording['error']): string | undefined {
    const { error: recorded } = this.#recording;
    if (error && !recorded) return `it fails: ${error.message}`;
    const [missing] = this.#rest();
    if (missing && !error) return `it no longer calls ${missing.tool} ${shown(missing.args)}`;
    const found = error
      ? firstDifference(recorded?.message, withoutSecrets(error.message), 'error.message')
      : recorded
        ? { path: 'error', was: shown(recorded.message), now: 'a success' }
        : firstDifference(this.#recording.result ?? null, withoutSecrets(result), 'result');
    return found && describeDifference(found);
  }

  #unexpected(address: string, given: unknown, line: number | undefined): string {
    const where = line === undefined ? '' : ` on line ${line}`;
    const what = `call ${this.#made}${where} is ${address} ${shown(given)}, which was not recorded`;
    const nearest = this.#rest().find(({ tool }) => tool === address);
    if (!nearest) return `${what}; nor was any other of ${address} that is still to come`;
    const found = firstDifference(nearest.args, given, 'args');
    return found ? `${what}:\n  ${describeDifference(found)}` : what;
  }

  /** In the order of the recording. */
  #rest(): RecordingCall[] {
    const left = new Set([...this.#left.values()].flat());
    return this.#recording.calls.filter((call) => left.has(call));
  }
}

function keyOf(tool: string, raw: boolean, args: unknown): string {
  return `${tool} ${raw} ${canonicalJson(JSON.stringify(args))}`;
}

function replyOf({ value, failure }: RecordingCall, server: string, tool: string): SandboxReply {
  if (!failure) return { ok: true, value: JSON.stringify(value ?? null) };
  return { ok: false, failure: { server, tool, ...failure } };
}
