/**
 * The downstream server of every row, and started alone the bare SDK server: a server as the SDK's own guide writes
 * one. Plain JavaScript, so that stripping types does not make the floor slower. `--more N` adds N tools that only
 * fill the list; `--http` serves over Streamable HTTP and prints the address.
 */
import { createServer as createHttpServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const more = Number(process.argv[process.argv.indexOf('--more') + 1] ?? 0) || 0;
const logLine = '2026-11-21T09:30:00.000Z info request served path=/v1/items status=200 bytes=5120 ms=12\n';

const text = (value) => ({ content: [{ type: 'text', text: value }] });

function createServer() {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  server.registerTool(
    'echo',
    { description: 'Gives the text back.', inputSchema: z.object({ text: z.string() }) },
    (args) => text(args.text),
  );
  server.registerTool(
    'add',
    {
      description: 'Adds two numbers.',
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
    },
    ({ a, b }) => ({ ...text(JSON.stringify({ sum: a + b })), structuredContent: { sum: a + b } }),
  );
  server.registerTool(
    'sleep_ms',
    { description: 'Answers after a pause.', inputSchema: z.object({ ms: z.number() }) },
    async ({ ms }) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return text('slept');
    },
  );
  server.registerTool(
    'payload',
    { description: 'Gives that many bytes of log lines.', inputSchema: z.object({ bytes: z.number() }) },
    ({ bytes }) => text(logLine.repeat(Math.ceil(bytes / logLine.length)).slice(0, bytes)),
  );
  for (let index = 1; index <= more; index += 1) registerFiller(server, index);
  return server;
}

function registerFiller(server, index) {
  server.registerTool(
    `search_records_${index}`,
    {
      title: `Search records ${index}`,
      description:
        'Searches the records of one collection by a query and optional filters, newest first, a page at a time.',
      inputSchema: z.object({
        collection: z.string().describe('Name of the collection'),
        query: z.string().describe('Words that all have to occur'),
        limit: z.number().int().max(100).optional().describe('Records of a page; default 20'),
        cursor: z.string().optional().describe('From the previous page'),
      }),
      annotations: { readOnlyHint: true },
    },
    () => text('[]'),
  );
}

if (process.argv.includes('--http')) {
  const handler = toNodeHandler(createMcpHandler(createServer));
  const http = createHttpServer((request, response) => void handler(request, response));
  http.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}/mcp\n`));
} else serveStdio(createServer);
