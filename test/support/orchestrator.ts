/** Starts the built program as a client's configuration would, and talks to it as that client. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, type ClientOptions } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { onTestFinished } from 'vitest';
import type { CheckMode } from '../../src/config/types.ts';
import type { RunResult } from '../../src/execution/run-result.ts';
import { type OnEnd, temporaryFolder } from './folder.ts';

export const root = path.resolve(import.meta.dirname, '../..');
export const bin = path.join(root, 'dist/src/cli/bin.js');

export type Servers = Record<string, unknown>;

/** The entry of a fixture server. */
export function fixture(name: string, ...args: string[]): { command: string; args: string[] } {
  const command = name.endsWith('.py') ? 'python3' : process.execPath;
  return { command, args: [path.join(root, 'test/fixtures/servers', name), ...args] };
}

export interface Setup {
  readonly folder: string;
  readonly configFile: string;
}

/** A folder with a configuration; the cache and the generated file stay in it. */
export function setUp(mcpServers: Servers, orchestrator: object = {}, onEnd: OnEnd = onTestFinished): Setup {
  const folder = temporaryFolder(onEnd);
  const configFile = path.join(folder, 'mcp_servers_config.json');
  writeFileSync(
    configFile,
    JSON.stringify({ mcpServers, orchestrator: { cache: 'cache', ...orchestrator } }),
  );
  return { folder, configFile };
}

export interface Served extends Setup {
  readonly client: Client;
  readonly pid: number;
  stderr(): string;
  /** Runs a script and gives its RunResult. */
  run(
    code: string,
    more?: { timeout?: number; input?: unknown; check?: CheckMode; check_only?: boolean },
  ): Promise<RunResult & { text: string; isError: boolean }>;
  /** A tool's structured content; its text where it failed. */
  call(name: string, args?: Record<string, unknown>): Promise<unknown>;
}

/** `serve` over stdio with a connected client; both are ended behind the test. */
export async function serve(
  setup: Setup,
  {
    client: options = {},
    args = [],
    env = {},
    onEnd = onTestFinished,
  }: { client?: ClientOptions; args?: string[]; env?: Record<string, string>; onEnd?: OnEnd } = {},
): Promise<Served> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' }, ...options },
  );
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'serve', ...(env.SERVER_CONFIG_PATH ? [] : ['--config', setup.configFile]), ...args],
    env,
    stderr: 'pipe',
    maxBufferSize: 256 * 1024 * 1024,
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  onEnd(() => client.close());
  await client.connect(transport);
  return {
    ...setup,
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    async run(code, more = {}) {
      const answer = await client.callTool(
        { name: 'execute_composed_code', arguments: { code, ...more } },
        { timeout: 120_000 },
      );
      const [block] = answer.content;
      if (!answer.structuredContent) throw new Error(`no RunResult: ${JSON.stringify(answer.content)}`);
      return {
        ...(answer.structuredContent as RunResult),
        text: block?.type === 'text' ? block.text : '',
        isError: answer.isError === true,
      };
    },
    async call(name, callArgs = {}) {
      const answer = await client.callTool({ name, arguments: callArgs }, { timeout: 120_000 });
      const [block] = answer.content;
      return answer.structuredContent ?? (block?.type === 'text' ? block.text : undefined);
    },
  };
}
