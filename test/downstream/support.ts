// What the tests of this folder share: fixture servers, connections that are closed after each test, no process left.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect } from 'vitest';
import type { HttpServerConfig, StdioServerConfig } from '../../src/config/types.ts';
import { Connection, type ConnectionOptions } from '../../src/downstream/connection.ts';
import { defaultLimits, type Limits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';

/** In the environment of every fixture, and so of whatever it starts. */
const mark = `fixture-${randomUUID()}`;

export const servers = join(import.meta.dirname, '../fixtures/servers');

export const defaultEnvironment = {
  PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
  HOME: tmpdir(),
  FIXTURE_MARK: mark,
};

export function limits(overrides: Partial<Limits> = {}): Limits {
  return { ...defaultLimits(), closeMsMax: 300, ...overrides };
}

const common = { callMsMax: 10_000, connectMsMax: 15_000, callsMax: 8 };

export function stdio(
  fixture: string,
  args: readonly string[] = [],
  overrides: Partial<StdioServerConfig> = {},
): StdioServerConfig {
  const isPython = fixture.endsWith('.py');
  const command = isPython ? 'python3' : process.execPath;
  const file = join(servers, isPython ? fixture : `${fixture}.mjs`);
  return {
    ...common,
    transport: 'stdio',
    name: fixture,
    command,
    args: [file, ...args],
    env: {},
    cwd: servers,
    ...overrides,
  };
}

export function http(url: string, overrides: Partial<HttpServerConfig> = {}): HttpServerConfig {
  return { ...common, transport: 'http', name: 'http', url, headers: {}, ...overrides };
}

const opened: { close(): Promise<void> }[] = [];
const children: ChildProcess[] = [];
const folders: string[] = [];

export function open(
  config: StdioServerConfig | HttpServerConfig,
  options: Partial<ConnectionOptions> = {},
): Connection {
  return closedLater(
    new Connection(config, { limits: limits(), log: silentLog, defaultEnvironment, ...options }),
  );
}

export function closedLater<T extends { close(): Promise<void> }>(it: T): T {
  opened.push(it);
  return it;
}

/** Starts an HTTP fixture and gives its address, as it announces it. */
export async function startHttp(
  fixture: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(servers, `${fixture}.mjs`), ...args], {
    env: { ...defaultEnvironment, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout }))
    return { child, url: JSON.parse(line).url };
  throw new Error(`${fixture} ended before it announced itself`);
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** Ends a server that listens, and waits until nobody does at its address. */
export async function shutDown({ url, child }: { url: string; child: ChildProcess }): Promise<void> {
  await stop(child);
  const refused = () =>
    fetch(url).then(
      () => false,
      () => true,
    );
  await until(refused, 'the port to be closed');
}

/** Adds tools until the connection says that they changed: a subscription may be opened in the background. @returns how many */
export async function addUntilHeard(connection: Connection, addTool = 'add_tool'): Promise<number> {
  let isHeard = false;
  connection.onToolsChanged(() => {
    isHeard = true;
  });
  await connection.connect();
  let added = 0;
  const addAnother = async () => {
    if (isHeard) return true;
    added += 1;
    await connection.callTool(addTool, { name: `extra_${added}` }, { repeatable: false });
    return false;
  };
  await until(addAnother, 'the change to be heard');
  return added;
}

/** An empty file in a folder of its own, removed after the test. */
export function emptyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'downstream-'));
  folders.push(folder);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  return file;
}

export function read(file: string): string {
  return readFileSync(file, 'utf8');
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  msMax = 10_000,
): Promise<void> {
  const deadline = Date.now() + msMax;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${msMax} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The processes that carry our mark, however they came to be. */
export function markedProcesses(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function isAlive(pid: number): boolean {
  return markedProcesses().includes(pid);
}

/** The text of a result's first block. */
export function textOf(result: { [key: string]: unknown }): string {
  return (result.content as { text: string }[])[0]?.text ?? '';
}

/** What a promise rejects with; fails where it resolves. */
export async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`resolved with ${JSON.stringify(outcome.value)}`);
  return outcome.error;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((it) => it.close()));
  await Promise.all(children.splice(0).map(stop));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  if (process.platform === 'linux') expect(markedProcesses(), 'processes left').toEqual([]);
});
