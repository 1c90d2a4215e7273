/** A small MCP server in TypeScript, as `new server` writes it: the official SDK, run by Node as it stands. */

export interface ServerTemplate {
  /** Text by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** How it is started, seen from its folder. */
  readonly command: readonly string[];
  /** What to do before the first start, as shell commands in its folder. */
  readonly setUp: readonly string[];
  readonly test: string;
}

const versions = {
  '@modelcontextprotocol/server': '^2.4.0',
  '@modelcontextprotocol/node': '^2.1.2',
  zod: '^4.6.7',
};

export function typescriptServer(name: string, transport: 'stdio' | 'http', port: number): ServerTemplate {
  const { '@modelcontextprotocol/node': node, ...always } = versions;
  const dependencies = transport === 'http' ? { ...always, '@modelcontextprotocol/node': node } : always;
  return {
    files: {
      'package.json': `${JSON.stringify(packageOf(name, dependencies), undefined, 2)}\n`,
      'tools.ts': tools(name),
      'server.ts': transport === 'stdio' ? stdioMain : httpMain(port),
      'server.test.ts': test,
    },
    command: ['node', 'server.ts'],
    setUp: ['npm install'],
    test: 'npm test',
  };
}

function packageOf(name: string, dependencies: Record<string, string>): object {
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: { start: 'node server.ts', test: 'node --test' },
    engines: { node: '>=24' },
    dependencies,
    devDependencies: { '@modelcontextprotocol/client': '^2.4.0' },
  };
}

function tools(name: string): string {
  return `/** The tools of this server. */
import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

export function createServer(): McpServer {
  const server = new McpServer({ name: ${JSON.stringify(name)}, version: '0.1.0' });

  server.registerTool(
    'greet',
    {
      title: 'Greet somebody',
      description: 'Greets somebody by name.',
      inputSchema: z.object({ name: z.string().describe('Who is greeted') }),
      // With an output schema, scripts know the type of what they get.
      outputSchema: z.object({ greeting: z.string() }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    ({ name }) => {
      const result = { greeting: \`Hello, \${name}!\` };
      return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
    },
  );

  return server;
}
`;
}

const stdioMain = `/** Serves MCP over stdin and stdout: print to stderr (console.error), never to stdout. */
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createServer } from './tools.ts';

serveStdio(createServer);
`;

function httpMain(port: number): string {
  return `/** Serves MCP over HTTP, on this machine only. */
import { createServer as createHttpServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { createServer } from './tools.ts';

const port = Number(process.env.PORT ?? ${port});
const handle = toNodeHandler(createMcpHandler(() => createServer()));

const http = createHttpServer((request, response) => {
  // A web page of somebody else must not reach what listens on this machine.
  if (request.headers.origin !== undefined) response.writeHead(403).end();
  else if (request.url === '/mcp') void handle(request, response);
  else response.writeHead(404).end();
});
http.listen(port, '127.0.0.1', () => console.error(\`listening on http://127.0.0.1:\${port}/mcp\`));
`;
}

const test = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { createServer } from './tools.ts';

test('greets', async () => {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await createServer().connect(theirs);
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(ours);
  const { structuredContent } = await client.callTool({ name: 'greet', arguments: { name: 'Ada' } });
  assert.deepEqual(structuredContent, { greeting: 'Hello, Ada!' });
  await client.close();
});
`;
