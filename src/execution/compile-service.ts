/**
 * esbuild, which works for all scripts in one process of its own. One that a script holds up or brings down is ended, and
 * the next work starts a new one; a script that was not at fault is compiled again there. What esbuild says when it
 * crashes, a page of Go's stack, becomes one line of our log.
 */
import childProcess, { type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { initialize, stop } from 'esbuild';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { ScriptCompileError } from './compile-error.ts';

export { build, type Plugin, transform } from 'esbuild';

export interface CompileBounds {
  /** What takes longer is refused. */
  readonly msMax: number;
  /** Stops it as well. */
  readonly signal?: AbortSignal | undefined;
  readonly log?: Pick<Log, 'warn'> | undefined;
}

interface Service {
  /** How its process ended and the one line that says why, when it has. */
  readonly ended: Promise<string>;
}

const saidCharactersMax = 4_096;
const lineCharactersMax = 200;

let service: Service | undefined;
let secondAttempts: Promise<unknown> = Promise.resolve();

/**
 * @param work uses `build` and `transform`; may be done twice
 * @throws ScriptCompileError where it takes too long or cannot be done; else what `work` throws
 */
export async function inCompileService<T>(work: () => Promise<T>, bounds: CompileBounds): Promise<T> {
  try {
    return await attempt(work, bounds);
  } catch (error) {
    if (!isServiceGone(error)) throw error;
  }
  // Whichever script brought it down will do so again: one at a time, it takes no other with it.
  const second = secondAttempts.then(() => attempt(work, bounds));
  secondAttempts = second.catch(() => {});
  return second.catch((error: unknown) => {
    if (!isServiceGone(error)) throw error;
    throw refusal('The script cannot be compiled.', 'It is nested too deeply, or too large.');
  });
}

async function attempt<T>(work: () => Promise<T>, { msMax, signal, log }: CompileBounds): Promise<T> {
  service ??= startService();
  const used = service;
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const giveUp = (hint: string) => {
    endService(used);
    reject(refusal('The script could not be compiled in time.', hint));
  };
  const onAbort = () => giveUp('The run ended.');
  const timer = setTimeout(
    () => giveUp(`It took more than ${msMax} ms (compileMsMax): write it less nested.`),
    msMax,
  );
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), tooLong]);
  } catch (error) {
    if (isServiceGone(error) && endService(used))
      used.ended.then((said) => log?.warn({ said }, 'the compiler ended by itself; a new one is started'));
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** @returns false where another script has done so already */
function endService(used: Service): boolean {
  if (service !== used) return false;
  service = undefined;
  stop();
  return true;
}

/** esbuild hands its stderr on to ours, and has no setting for it: while it starts its process, `spawn` is our own. */
function startService(): Service {
  const { spawn } = childProcess;
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const spawnPiped = (command: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
    const child = spawn(command, args, { ...options, stdio: 'pipe' });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < saidCharactersMax) said += chunk.toString('latin1');
    });
    (child.stderr as Socket | null)?.unref();
    child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}${reasonIn(said)}`));
    return child;
  };
  childProcess.spawn = spawnPiped as typeof spawn;
  try {
    initialize({});
  } finally {
    childProcess.spawn = spawn;
  }
  return { ended };
}

function reasonIn(said: string): string {
  const line = /^(?:fatal error|panic): .*/m.exec(said)?.[0] ?? said.split('\n', 1)[0] ?? '';
  return line === '' ? '' : `: ${line.slice(0, lineCharactersMax)}`;
}

/** So esbuild rejects all that its process had not answered when it ended. */
function isServiceGone(error: unknown): boolean {
  return !(error instanceof ScriptCompileError) && /service/i.test(messageOf(error));
}

function refusal(message: string, hint: string): ScriptCompileError {
  return new ScriptCompileError('script_syntax', message, hint, undefined);
}
