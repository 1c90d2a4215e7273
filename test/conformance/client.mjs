// What the official conformance suite runs as the client under test: us, as we connect to a server, with an MCP client in
// front of us. Arguments: the address of the scenario's server. Uses the built program.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { loadConfig } from '../../dist/src/config/load.js';
import { logIn } from '../../dist/src/downstream/auth/login.js';
import { createLog } from '../../dist/src/log.js';
import { Orchestrator } from '../../dist/src/orchestrator.js';
import { createMcpServer } from '../../dist/src/server/mcp-server.js';

const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? '';
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
// These servers play revision 2026-07-28 without `server/discover`, by which that revision is found out.
const withoutDiscover = [
  'http-standard-headers',
  'http-custom-headers',
  'http-invalid-tool-headers',
  'sep-2322-client-request-state',
];
const address = process.argv.at(-1) ?? '';
const url = withoutDiscover.includes(scenario) ? await discovering(address) : address;

const folder = await mkdtemp(path.join(tmpdir(), 'mcp-tools-orchestrator-conformance-'));
const file = path.join(folder, 'mcp_servers_config.json');
await writeFile(
  file,
  JSON.stringify({
    mcpServers: { subject: { url, prefix: false, ...(await credentials()) } },
    orchestrator: { mode: 'direct', cache: false, generated: false, limits: { listWaitMs: 20_000 } },
  }),
);
const config = await loadConfig({ file, environment: { XDG_STATE_HOME: folder }, directory: folder });
const orchestrator = await Orchestrator.open({ config, log: createLog('debug'), serverEnvironment: {} });
const capabilities = { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} };
const client = new Client({ name: 'conformance', version: '1.0.0' }, { capabilities });
client.setRequestHandler('elicitation/create', ({ params }) => ({
  action: 'accept',
  // What has a default is left to the client's SDK.
  content: Object.fromEntries(
    Object.entries(params.requestedSchema?.properties ?? {})
      .filter(([, schema]) => !('default' in schema))
      .map(([name, { type }]) => [name, { boolean: true, number: 1, integer: 1 }[type] ?? 'given']),
  ),
}));
client.setRequestHandler('sampling/createMessage', () => ({
  role: 'assistant',
  content: { type: 'text', text: 'sampled' },
  model: 'none',
}));
client.setRequestHandler('roots/list', () => ({ roots: [] }));
try {
  const [near, far] = InMemoryTransport.createLinkedPair();
  await createMcpServer({ config, version: '1.0.0', orchestrator: async () => orchestrator }).connect(far);
  await client.connect(near);
  if (scenario.startsWith('auth/')) await useWithLogins();
  else await useAll();
} finally {
  await orchestrator.close();
  await rm(folder, { recursive: true });
}
process.exit(0);

async function useAll() {
  const { tools } = await client.listTools();
  const calls =
    context.toolCalls ?? tools.map(({ name, inputSchema }) => ({ name, arguments: examples(inputSchema) }));
  for (const { name, arguments: args } of calls) {
    // Our check of arguments refuses null where the tool's schema wants a boolean; to leave it out is the same.
    const given = Object.entries(args).filter(([, value]) => value !== null);
    const call = { name, arguments: Object.fromEntries(given) };
    const { isError, content } = await client.callTool(call);
    if (isError) console.error(name, JSON.stringify(content));
  }
  if (scenario !== 'http-standard-headers') return;
  const { resources } = await client.listResources();
  await client.readResource({ uri: resources[0].uri });
  const { prompts } = await client.listPrompts();
  await client.getPrompt({ name: prompts[0].name });
}

/** As a person would: what is asked for by an error is done, and then it is tried again; not for ever. */
async function useWithLogins() {
  for (let logins = 0; ; ) {
    const problem = await attempt();
    if (problem === undefined) return;
    const [, pause] = /the next attempt is possible in ([\d.]+) s/.exec(problem) ?? [];
    if (pause !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, Number(pause) * 1_000));
      continue;
    }
    if (!problem.includes('auth login subject') || logins === 3) throw new Error(problem);
    logins += 1;
    await logIn(config.servers[0], {
      limits: config.limits,
      signal: new AbortController().signal,
      show: (page) => void agree(page).catch((error) => console.error(String(error))),
    });
  }
}

/** Lists the tools and calls one. @returns what is wrong, if so */
async function attempt() {
  await orchestrator.catalog.refresh('subject').catch(() => {});
  const { problem } = orchestrator.catalog.server('subject');
  if (problem !== undefined) return problem;
  const listed = await client.listTools();
  for (const { name, inputSchema } of listed.tools) {
    const { isError, content } = await client.callTool({ name, arguments: examples(inputSchema) });
    if (isError) return JSON.stringify(content);
  }
}

/** The suite's authorization servers agree at once. */
async function agree(page) {
  const { headers } = await fetch(page, { redirect: 'manual' });
  await fetch(new URL(headers.get('location'), page));
}

/** What the scenario knows beforehand, as a user would write it into the entry. */
async function credentials() {
  const { client_id, client_secret, private_key_pem, signing_algorithm } = context;
  if (scenario === 'auth/basic-cimd') {
    const client_metadata_url = 'https://conformance-test.local/client-metadata.json';
    return { auth: { type: 'oauth', client_metadata_url } };
  }
  if (scenario.startsWith('auth/client-credentials-')) {
    const proof = { client_secret };
    if (private_key_pem) {
      proof.private_key_file = path.join(folder, 'key.pem');
      proof.algorithm = signing_algorithm ?? 'ES256';
      delete proof.client_secret;
      await writeFile(proof.private_key_file, private_key_pem);
    }
    const place = new URL('/.well-known/oauth-protected-resource/mcp', address);
    const { authorization_servers } = await (await fetch(place)).json();
    return { auth: { type: 'client_credentials', issuer: authorization_servers[0], client_id, ...proof } };
  }
  return client_id ? { auth: { type: 'oauth', client_id, client_secret } } : {};
}

/** Something of the right type for each argument. */
function examples({ properties = {} }) {
  const values = { string: 'x', number: 5, integer: 3, boolean: true, object: {}, array: [] };
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type }]) => [name, values[type] ?? 'x']),
  );
}

/** The same server, with `server/discover` answered before it. */
function discovering(target) {
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const body = Buffer.concat(chunks).toString();
    const message = body === '' ? {} : JSON.parse(body);
    if (message.method === 'server/discover') {
      const result = {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {}, resources: {}, prompts: {} },
        serverInfo: { name: 'subject', version: '1.0.0' },
        ttlMs: 0,
        cacheScope: 'private',
      };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
    }
    const { host, connection, 'content-length': length, ...headers } = request.headers;
    const answer = await fetch(target, { method: request.method, headers, ...(body !== '' && { body }) });
    response.writeHead(answer.status, {
      'Content-Type': answer.headers.get('content-type') ?? 'application/json',
    });
    response.end(await answer.text());
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/mcp`)),
  );
}
