/** What is measured: our built program as a client's host starts it, and the same servers reached directly. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export const ourProgram = path.resolve(import.meta.dirname, '../dist/src/cli/bin.js');
export const serverProgram = path.join(import.meta.dirname, 'server.mjs');
/** `echo`, `add`, `sleep_ms`, `payload`. */
const calledTools = 4;
/** With the four that are called, a dozen: what published servers have on average. */
const fillerTools = 8;
const backgroundMsMax = 30_000;

/** A process with a client connected to it. */
export interface Subject {
  readonly client: Client;
  readonly pid: number;
  close(): Promise<void>;
}

/** Configuration, caches and generated file of one orchestrator, in a temporary folder of its own. */
export interface Workplace {
  readonly configFile: string;
  /** Node's cache of compiled code, which our program keeps: a cold start has none either. */
  readonly compileCache: string;
  readonly generatedFile: string;
  /** As if no orchestrator had ever run here. */
  forget(): Promise<void>;
  remove(): Promise<void>;
}

export function requireBuild(): void {
  if (!existsSync(ourProgram)) throw new Error(`${ourProgram} does not exist: run \`npm run build\` first.`);
}

export interface WorkplaceOptions {
  /** How many are configured: `bench_1`, `bench_2`, ... */
  readonly servers?: number;
  /** Of each server; the four that are called included. */
  readonly tools?: number;
  /** Calls under way at once to one server; the default where absent. */
  readonly concurrency?: number | undefined;
  readonly isolation?: 'process' | 'in-process';
  /** Of the journal; in memory, with the default limits, where absent. */
  readonly records?: 'file' | 'none';
  /** Further keys of `orchestrator`. */
  readonly settings?: object;
}

export async function createWorkplace({
  servers = 1,
  tools = calledTools + fillerTools,
  concurrency,
  isolation,
  records,
  settings,
}: WorkplaceOptions = {}): Promise<Workplace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orchestrator-bench-'));
  const configFile = path.join(folder, 'mcp_servers_config.json');
  const cache = path.join(folder, 'cache');
  const compileCache = path.join(folder, 'compile-cache');
  const generatedFile = path.join(folder, 'generated', 'unified_api.ts');
  const entry = {
    command: process.execPath,
    args: downstreamArguments(tools - calledTools),
    ...(concurrency && { concurrency }),
  };
  const sandbox = isolation && { isolation };
  const journal = {
    ...(records === 'file' && { storage: 'file', storage_folder: path.join(folder, 'storage') }),
    ...(records === 'none' && { limits: { recordsMax: 0 } }),
  };
  const mcpServers = Object.fromEntries(
    Array.from({ length: servers }, (_, index) => [`bench_${index + 1}`, entry]),
  );
  await writeFile(
    configFile,
    JSON.stringify({
      mcpServers,
      orchestrator: { cache, generated: generatedFile, ...(sandbox && { sandbox }), ...journal, ...settings },
    }),
  );
  return {
    configFile,
    compileCache,
    generatedFile,
    async forget() {
      for (const kept of [cache, compileCache, path.dirname(generatedFile)])
        await rm(kept, { recursive: true, force: true });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function downstreamArguments(filler = fillerTools): string[] {
  return [serverProgram, '--more', String(filler)];
}

export function startOurs(
  { configFile, compileCache }: Workplace,
  env: Record<string, string> = {},
): Promise<Subject> {
  return start([ourProgram, 'serve', '--config', configFile], { NODE_COMPILE_CACHE: compileCache, ...env });
}

/** A downstream server by itself, with a client connected to it: the floor of calls. */
export function startDirect(): Promise<Subject> {
  return start(downstreamArguments());
}

/** Processes that a gateway stands between: ours in the direct mode, and what is behind it. */
export interface Gateway {
  /** A client through us: the tools of `bench_1` by their own names. */
  readonly ours: Subject;
  /** A client of `bench_1` itself. */
  readonly direct: Subject;
  close(): Promise<void>;
}

/** @param servers how many are configured; all but the first are in one process */
export async function startGateway(transport: 'stdio' | 'http', servers: number): Promise<Gateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orchestrator-bench-'));
  const configFile = path.join(folder, 'mcp_servers_config.json');
  const behind = await startHttp([serverProgram, '--more', String(fillerTools), '--http'], 'stdout');
  const stdio = { command: process.execPath, args: downstreamArguments(), prefix: false };
  const others = Array.from({ length: servers - 1 }, (_, index) => [
    `bench_${index + 2}`,
    { url: `${behind.url}?server=${index + 2}` },
  ]);
  const first = transport === 'stdio' ? stdio : { url: behind.url, prefix: false };
  const orchestrator = { cache: false, generated: false, mode: 'direct' };
  await writeFile(
    configFile,
    JSON.stringify({ mcpServers: { bench_1: first, ...Object.fromEntries(others) }, orchestrator }),
  );
  const command = [ourProgram, 'serve', '--config', configFile];
  const front =
    transport === 'stdio'
      ? undefined
      : await startHttp([...command, '--transport', 'http', '--port', '0'], 'stderr');
  const ours = front ? await connectHttp(front) : await start(command);
  const direct = transport === 'stdio' ? await startDirect() : await connectHttp(behind);
  return {
    ours,
    direct,
    async close() {
      await Promise.all([ours.close(), direct.close()]);
      front?.process.kill();
      behind.process.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface HttpProcess {
  readonly url: string;
  readonly process: ChildProcess;
}

/** @param says where it tells its address */
export function startHttp(args: readonly string[], says: 'stdout' | 'stderr'): Promise<HttpProcess> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    let text = '';
    child[says].setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const url = /http:\/\/\S+/.exec(text)?.[0];
      if (url) resolve({ url, process: child });
    });
    child[says === 'stdout' ? 'stderr' : 'stdout'].resume();
  });
}

async function connectHttp({ url, process: { pid = 0 } }: HttpProcess): Promise<Subject> {
  const client = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return { client, pid, close: () => client.close() };
}

/** The smallest server that the SDK makes: the floor of starting. */
export function startBare(): Promise<Subject> {
  return start([serverProgram]);
}

/** Resolves when all servers have been asked; the generated file is the last that is written then. */
export async function backgroundWorkDone({ client }: Subject, { generatedFile }: Workplace): Promise<void> {
  await client.callTool({ name: 'refresh_tools', arguments: {} });
  const giveUpAt = performance.now() + backgroundMsMax;
  while (!existsSync(generatedFile)) {
    if (performance.now() > giveUpAt)
      throw new Error(`${generatedFile} was not written within ${backgroundMsMax} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface ScriptOptions {
  readonly check?: 'off';
  readonly check_only?: true;
  readonly resume_from?: string;
  readonly input?: unknown;
  readonly timeout?: number;
}

/** Runs one script. @throws Error where it did not succeed: a failure measures nothing */
export async function runScript(
  subject: Subject,
  code: string,
  options: ScriptOptions = {},
): Promise<unknown> {
  const { status, result, said } = await runToItsEnd(subject, code, options);
  if (status !== 'success') throw new Error(`The script failed: ${code}\n${said}`);
  return result;
}

/** What is read of a RunResult here. */
export interface EndedRun {
  readonly run_id: string;
  readonly status: string;
  readonly result?: unknown;
  readonly reused?: { readonly calls: number };
  readonly stats: { readonly calls: number };
  /** All of the answer, for an error. */
  readonly said: string;
}

/** Runs one script, which may fail. @throws Error where no run came of it */
export async function runToItsEnd(
  { client }: Subject,
  code: string,
  options: ScriptOptions = {},
): Promise<EndedRun> {
  const { structuredContent, content } = await client.callTool({
    name: 'execute_composed_code',
    arguments: { code, ...options },
  });
  const said = JSON.stringify(content);
  if (!structuredContent) throw new Error(`There was no run: ${code}\n${said}`);
  return { ...(structuredContent as unknown as Omit<EndedRun, 'said'>), said };
}

/** Calls one tool directly. @throws Error where it did not succeed */
export async function callDirect(
  { client }: Subject,
  name: string,
  args: Record<string, unknown>,
): Promise<string> {
  const { isError, content } = await client.callTool({ name, arguments: args });
  const [block] = content;
  if (isError || block?.type !== 'text')
    throw new Error(`The call of ${name} failed: ${JSON.stringify(content)}`);
  return block.text;
}

/** @param env on top of the few variables that the SDK passes on */
async function start(args: readonly string[], env: Record<string, string> = {}): Promise<Subject> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...env },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(transport);
  return { client, pid: transport.pid ?? 0, close: () => client.close() };
}
