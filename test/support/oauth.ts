/** A real OAuth server, real servers behind it, and somebody with a browser who agrees to everything. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { OnEnd } from './folder.ts';
import { root } from './orchestrator.ts';

export interface Fixture {
  readonly url: string;
  readonly child: ChildProcess;
  /** Whatever else it announced. */
  readonly said: Readonly<Record<string, string>>;
  /** What GET /seen gives. */
  seen(): Promise<Record<string, string>[]>;
}

/** Starts a fixture that listens, and ends it behind the test. */
export async function listening(
  name: string,
  env: Readonly<Record<string, string>> = {},
  onEnd: OnEnd = onTestFinished,
): Promise<Fixture> {
  const child = spawn(process.execPath, [path.join(root, 'test/fixtures/servers', name)], {
    env: { ...process.env, ...env },
    // It warns of what is only right in a test.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  onEnd(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    const seen = async () =>
      (await fetch(new URL('/seen', said.url))).json() as Promise<Record<string, string>[]>;
    return { url: said.url, child, said, seen };
  }
  throw new Error(`${name} ended before it announced itself`);
}

/** A server that wants tokens, and the authorization server that gives them, for all tests of a file. */
export async function protectedServer(onEnd: OnEnd): Promise<{ issuer: Fixture; subject: Fixture }> {
  const issuer = await listening('authorization-server.mjs', {}, onEnd);
  const subject = await listening('protected.mjs', { ISSUER: issuer.url }, onEnd);
  return { issuer, subject };
}

/** Follows an address as a browser does, with cookies, until it comes back to us. @returns what we showed there */
export async function agree(start: string | URL): Promise<string> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  for (let steps = 0; steps < 10; steps += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return response.text();
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw new Error(`the browser goes round in circles, at ${url.origin}${url.pathname}`);
}

/** An access token for the server at `resource`, as a client without a person gets it. */
export async function machineToken(
  issuer: string,
  resource: string,
  { scope = 'read', client = 'machine' } = {},
): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', resource, scope });
  const Authorization = `Basic ${Buffer.from(`${client}:machine-secret-0123456789`).toString('base64')}`;
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { Authorization }, body });
  return ((await answer.json()) as { access_token: string }).access_token;
}
