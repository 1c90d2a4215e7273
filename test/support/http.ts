/** Starts the built program's HTTP front, and sends requests to it as any program could. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';
import type { RunResult } from '../../src/execution/run-result.ts';
import type { OnEnd } from './folder.ts';
import { bin, type Setup } from './orchestrator.ts';

export interface HttpServed extends Setup {
  /** Of `/mcp`. */
  readonly url: string;
  readonly process: ChildProcess;
  stderr(): string;
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface HttpServeOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** No options of ours: transport, port and file are given by `env`. */
  readonly asGiven?: boolean;
  readonly onEnd?: OnEnd;
}

/** `serve --transport http` on a free port; ended behind the test. */
export function serveHttp(
  setup: Setup,
  { args = [], env = {}, asGiven = false, onEnd = onTestFinished }: HttpServeOptions = {},
): Promise<HttpServed> {
  const own = asGiven ? [] : ['--transport', 'http', '--port', '0', '--config', setup.configFile];
  const command = [bin, 'serve', ...own, ...args];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return exited;
  };
  onEnd(async () => void (await end('SIGKILL')));
  let stderr = '';
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const url = /^Serving MCP at (\S+)$/m.exec(stderr)?.[1];
      if (url) resolve({ ...setup, url, process: child, stderr: () => stderr, end });
    });
    exited.then((code) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
  });
}

export interface HttpClient {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  run(code: string, more?: object, signal?: AbortSignal): Promise<RunResult>;
}

export interface ConnectOptions {
  readonly client?: ClientOptions;
  readonly headers?: Readonly<Record<string, string>>;
  readonly onEnd?: OnEnd;
}

/** A client of the v2 SDK; in the new era where it does not say otherwise. */
export async function connectHttp(
  url: string,
  { client: options = {}, headers = {}, onEnd = onTestFinished }: ConnectOptions = {},
): Promise<HttpClient> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' }, ...options },
  );
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  onEnd(() => client.close());
  await client.connect(transport);
  return {
    client,
    transport,
    async run(code, more = {}, signal) {
      const answer = await client.callTool(
        { name: 'execute_composed_code', arguments: { code, ...more } },
        { timeout: 120_000, ...(signal && { signal }) },
      );
      if (!answer.structuredContent) throw new Error(`no RunResult: ${JSON.stringify(answer.content)}`);
      return answer.structuredContent as unknown as RunResult;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered.
  json(): any;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | object;
  /** Ends the connection. */
  readonly signal?: AbortSignal;
}

const mcpHeaders = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** One HTTP request, byte for byte, any header included. */
export function ask(
  url: string,
  { method = 'POST', path, headers = {}, body, signal }: Ask,
): Promise<Answer> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = body === undefined ? undefined : isRaw ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      path === undefined ? url : new URL(path, url),
      { method, headers: { ...(method === 'POST' && mcpHeaders), ...headers }, ...(signal && { signal }) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject).on('end', () => {
          const { statusCode: status = 0, headers: received } = response;
          // The last message of a stream is the answer.
          const json = () =>
            JSON.parse(
              /^(?:event|id|data|:)/.test(text)
                ? (text
                    .match(/^data: (.+)$/gm)
                    ?.at(-1)
                    ?.slice(6) ?? '')
                : text,
            );
          resolve({ status, headers: received, text, json });
        });
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

/** A call by a client of the old era that has no session. */
export function callBody(name: string, args: object = {}): object {
  return { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: args } };
}
