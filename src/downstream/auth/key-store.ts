/**
 * The key that logins are encrypted with, out of the system's key store (Keychain, Credential Manager, Secret Service):
 * made when it is first needed, one for each folder of tokens.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../errors.ts';
import { endsWithUs } from '../../watchdog.ts';
import { cleanText } from '../problem.ts';
import { holdingLock } from './held-lock.ts';

export interface ToKeyStore {
  readonly account: string;
  /** To be kept where there is none. */
  readonly fresh?: string;
}

export type FromKeyStore = { readonly key: string | null } | { readonly failure: string };

/** `missing`: the store answers, and has none. */
export type KeyAnswer = { readonly key: Buffer } | { readonly missing: true } | { readonly failure: string };

export interface KeyRequest {
  /** Of the tokens: names the key. */
  readonly folder: string;
  /** Whether to make one where there is none. */
  readonly mayCreate: boolean;
  readonly msMax: number;
}

const keyBytes = 32;
/** A store that does not answer is let be for so long: it may ask somebody to unlock it each time. */
const restMs = 30_000;

const keys = new Map<string, Buffer>();
const failures = new Map<string, { readonly failure: string; readonly until: number }>();
const asking = new Map<string, Promise<KeyAnswer>>();

/** The same for all who ask at once, and kept for as long as we run. Never rejects. */
export function storedKey(request: KeyRequest): Promise<KeyAnswer> {
  const { folder, mayCreate } = request;
  const known = keys.get(folder);
  if (known) return Promise.resolve({ key: known });
  const failed = failures.get(folder);
  if (failed && performance.now() < failed.until) return Promise.resolve({ failure: failed.failure });
  const id = `${mayCreate}:${folder}`;
  const asked =
    asking.get(id) ??
    lookUp(request)
      .catch((error: unknown) => ({ failure: cleanText(messageOf(error), 300) }))
      .then((answer) => remembered(folder, answer))
      .finally(() => asking.delete(id));
  asking.set(id, asked);
  return asked;
}

function remembered(folder: string, answer: KeyAnswer): KeyAnswer {
  if ('key' in answer) keys.set(folder, answer.key);
  if ('failure' in answer)
    failures.set(folder, { failure: answer.failure, until: performance.now() + restMs });
  return answer;
}

async function lookUp({ folder, mayCreate, msMax }: KeyRequest): Promise<KeyAnswer> {
  const account = `tokens in ${folder}`;
  const found = keyIn(await ask({ account }, msMax));
  if (!('missing' in found) || !mayCreate) return found;
  // Two processes that each make one would each lose what the other encrypts.
  return holdingLock(path.join(folder, 'key'), async () =>
    keyIn(await ask({ account, fresh: randomBytes(keyBytes).toString('base64') }, msMax)),
  );
}

function keyIn(answer: FromKeyStore): KeyAnswer {
  if ('failure' in answer) return { failure: cleanText(answer.failure.split('\n')[0] ?? '', 300) };
  if (answer.key === null) return { missing: true };
  const key = Buffer.from(answer.key, 'base64');
  return key.length === keyBytes ? { key } : { failure: 'what it keeps for us is no key' };
}

function ask(question: ToKeyStore, msMax: number): Promise<FromKeyStore> {
  const child = fork(workerFile(), [], {
    execArgv: ['--permission', '--allow-addons', '--allow-fs-read=*'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const release = child.pid === undefined ? () => {} : endsWithUs(child.pid);
  return new Promise<FromKeyStore>((resolve) => {
    const timer = setTimeout(
      () => resolve({ failure: `it did not answer within ${msMax / 1_000} s (keyStoreMsMax)` }),
      msMax,
    );
    child.once('message', (answer) => resolve(answer as FromKeyStore));
    child.once('error', (error) => resolve({ failure: messageOf(error) }));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      release();
      resolve({ failure: `the process that asks it ended with ${code ?? signal}` });
    });
    child.send(question, () => {});
  }).finally(() => child.kill('SIGKILL'));
}

/** Beside this file, under the ending that this file has itself: `.ts` in the repository, `.js` in the package. */
function workerFile(): string {
  const name = `./key-store-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
  return fileURLToPath(new URL(name, import.meta.url));
}
