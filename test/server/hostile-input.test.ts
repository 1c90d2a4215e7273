/** Whatever an agent sends: a clear answer, and the same server answers the next script. */
import { beforeAll, describe, expect, it } from 'vitest';
import { reservedToolNames } from '../../src/catalog/names.ts';
import { endsLast } from '../support/ends-last.ts';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';

/** One server for all cases: each shows that those before it left nothing behind. */
let served: Served;
const onEnd = endsLast();

beforeAll(async () => {
  const servers = { crashes: fixture('crashes-on-call.mjs'), v2: fixture('sdk-v2-stdio.mjs') };
  served = await serve(setUp(servers, { limits: { callsMax: 2_000, cpuMsMax: 3_000 } }, onEnd), { onEnd });
});

const megabyte = 1024 * 1024;

interface Case {
  readonly name: string;
  readonly code: string;
  readonly status: string;
  readonly error?: object;
  readonly timeout?: number;
}

const cases: Case[] = [
  {
    name: 'a syntax error',
    code: 'const a = 1;\nif (a {',
    status: 'error',
    error: { kind: 'script_syntax', line: 2, column: 7, frame: expect.stringContaining('> 2 | if (a {') },
  },
  {
    name: 'an unknown tool',
    code: 'await crashes.ecko({})',
    status: 'error',
    error: { kind: 'tool_unknown', hint: 'Did you mean crashes.echo?', line: 1 },
  },
  {
    name: 'an unknown tool by its flat name',
    code: 'await crashes__ecko({})',
    status: 'error',
    error: { kind: 'script_error', hint: expect.stringContaining('crashes__echo') },
  },
  {
    name: 'an unknown server',
    code: 'await crashs.echo({})',
    status: 'error',
    error: { kind: 'script_error', name: 'ReferenceError', hint: expect.stringContaining('crashes') },
  },
  {
    name: 'an unknown import',
    code: 'import { crashs } from "unified_api";\nreturn 1',
    status: 'error',
    error: { kind: 'script_import', line: 1, column: 10, hint: 'Did you mean crashes?' },
  },
  {
    name: 'a wrong argument type',
    code: 'const x = 1;\nawait v2.echo({ text: 5 })',
    status: 'error',
    error: {
      kind: 'arguments_invalid',
      message: 'v2.echo: args.text must be string, not 5.',
      hint: 'It takes {text: string}.',
      args: { text: 5 },
      line: 2,
    },
  },
  {
    name: 'a missing argument',
    code: 'await v2.echo({})',
    status: 'error',
    error: { kind: 'arguments_invalid', message: 'v2.echo: args.text is missing.' },
  },
  {
    name: 'an argument that is no object',
    code: 'await v2.echo("text" as any)',
    status: 'error',
    error: { kind: 'arguments_invalid' },
  },
  {
    name: 'empty code',
    code: '  \n ',
    status: 'error',
    error: { kind: 'script_syntax', message: 'The script is empty.' },
  },
  {
    name: '1 MB of code',
    code: `return ${'1+'.repeat(megabyte / 2)}1`,
    status: 'limit',
    error: { kind: 'limit_exceeded', message: expect.stringContaining('codeBytesMax') },
  },
  {
    name: 'binary code',
    code: '\u0000\u0001\u0002PNG',
    status: 'error',
    error: { kind: 'script_syntax', message: expect.stringContaining('U+0000') },
  },
  { name: 'throw null', code: 'throw null', status: 'error', error: { kind: 'script_error' } },
  {
    name: 'throw a Proxy',
    code: 'throw new Proxy({}, { get() { for (;;); } })',
    status: 'error',
    error: { kind: 'script_error' },
  },
  {
    name: 'throw a Proxy that never says what it is',
    code: 'throw new Proxy({}, { getPrototypeOf() { for (;;); } })',
    status: 'limit',
    error: { kind: 'limit_exceeded' },
  },
  {
    name: 'throw an Error with a hostile getter',
    code: 'const e = new Error("x"); Object.defineProperty(e, "message", { get() { for (;;); } }); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e',
    status: 'error',
    error: { kind: 'script_error' },
  },
  {
    name: 'return 200 MB',
    code: 'return "x".repeat(200e6)',
    status: 'error',
    error: { kind: 'script_result', message: expect.stringContaining('resultBytesMax') },
  },
  { name: 'never end', code: 'for (;;);', status: 'limit', error: { kind: 'limit_exceeded' } },
  {
    name: 'never end after an await',
    code: 'await crashes.echo({}); for (;;);',
    status: 'limit',
    error: { kind: 'limit_exceeded' },
  },
  {
    name: 'never end in microtasks',
    code: 'await crashes.echo({}); for (;;) await 0;',
    status: 'limit',
    error: { kind: 'limit_exceeded' },
  },
  {
    name: 'never end in a built-in that cannot be stopped',
    code: '[].indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    status: 'limit',
  },
  {
    name: 'wait longer than the timeout',
    code: 'await new Promise((resolve) => setTimeout(resolve, 60_000))',
    timeout: 1,
    status: 'timeout',
    error: { kind: 'script_timeout', message: expect.stringContaining('1 s') },
  },
  {
    name: 'wait for nothing',
    code: 'await new Promise(() => {})',
    status: 'error',
    error: { kind: 'script_error' },
  },
  {
    name: 'recurse without end',
    code: 'const f = () => f(); f()',
    status: 'error',
    error: { kind: 'script_error', name: 'RangeError' },
  },
  {
    name: 'allocate without end',
    code: 'const a = []; for (;;) a.push(new Array(1000).fill({}))',
    status: 'limit',
    error: { kind: 'limit_exceeded' },
  },
  {
    name: 'allocate without end in a Map',
    code: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)',
    status: 'limit',
    error: { kind: 'limit_exceeded' },
  },
  {
    name: 'call a tool a million times',
    code: 'for (let i = 0; i < 1e6; i++) await crashes.echo({})',
    status: 'limit',
    error: { kind: 'limit_exceeded', message: expect.stringContaining('callsMax') },
  },
  {
    name: 'call a tool a million times at once',
    code: 'await Promise.all(Array.from({ length: 1e6 }, () => crashes.echo({})))',
    status: 'limit',
    error: { kind: 'limit_exceeded' },
  },
  {
    name: 'process.exit()',
    code: 'process.exit(1)',
    status: 'error',
    error: { name: 'ReferenceError', hint: expect.stringContaining('no process') },
  },
  {
    name: 'require("fs")',
    code: 'return require("fs")',
    status: 'error',
    error: { message: expect.stringContaining('Cannot import "fs"') },
  },
  {
    name: 'import("fs")',
    code: 'return await import("fs")',
    status: 'error',
    error: { message: expect.stringContaining('Cannot import "fs"') },
  },
  {
    name: 'import fs',
    code: 'import fs from "node:fs"; return fs',
    status: 'error',
    error: { kind: 'script_import', message: 'Cannot import "node:fs".' },
  },
  {
    name: 'import the configuration',
    code: 'import config from "./mcp_servers_config.json"; return config',
    status: 'error',
    error: { kind: 'script_import' },
  },
  {
    name: 'fetch',
    code: 'await fetch("http://127.0.0.1/")',
    status: 'error',
    error: { name: 'ReferenceError', hint: expect.stringContaining('network') },
  },
  { name: 'eval', code: 'eval("1")', status: 'error' },
  { name: 'Function', code: 'new Function("return 1")()', status: 'error' },
  {
    name: 'Function by a constructor chain',
    code: '(async () => {}).constructor("return 1")()',
    status: 'error',
  },
  { name: 'the environment', code: 'return globalThis.process.env', status: 'error' },
  {
    name: 'a tool failure wrapped into an error of its own',
    code: 'try { await v2.echo({}) } catch (cause) { throw new Error("wrapped", { cause }) }',
    status: 'error',
    error: { message: 'wrapped (caused by: v2.echo: args.text is missing.)', tool: 'echo' },
  },
  {
    name: 'a missing await',
    code: 'for (const line of crashes.echo({ a: 1 }).lines) console.log(line)',
    status: 'error',
    error: { name: 'TypeError', hint: expect.stringContaining('await crashes.echo(...)') },
  },
  {
    name: 'a function as result',
    code: 'return { a: [1, () => {}] }',
    status: 'error',
    error: { kind: 'script_result', message: expect.stringContaining('a[1]') },
  },
  {
    name: 'a cycle as result',
    code: 'const a: any = {}; a.b = { a }; return a',
    status: 'error',
    error: { kind: 'script_result', message: expect.stringContaining('b.a') },
  },
];

describe('a script that does this fails as it should', () => {
  it.each(cases)('$name', async ({ code, status, error = {}, timeout }) => {
    // What happens where nobody has looked at the types before.
    const run = await served.run(code, { check: 'off', ...(timeout !== undefined && { timeout }) });
    expect(run).toMatchObject({ status, isError: true, error });
    expect(run.returncode).toBeGreaterThan(0);
    expect(run.text).not.toMatch(/node_modules|\/dist\/|\/src\/|node:internal/);
    expect(await served.run('return await crashes.echo({ next: 1 })')).toMatchObject({
      status: 'success',
      result: { next: 1 },
    });
  });

  it('log 1 GB', async () => {
    const run = await served.run(
      'const line = "x".repeat(1e6); for (let i = 0; i < 1000; i++) console.log(line); return "done"',
    );
    expect(run).toMatchObject({
      status: 'success',
      result: 'done',
      truncated: { what: 'output', limit: 256 * 1024 },
    });
    expect(run.output.length + (run.truncated?.bytes ?? 0)).toBe(1000 * (1e6 + 1));
    expect(run.output.length).toBeLessThanOrEqual(256 * 1024);
  });

  it('pollute prototypes: the next script sees nothing of it', async () => {
    await served.run(
      '(Object.prototype as any).polluted = 1; Array.prototype.push = () => 0; (JSON as any).stringify = () => "{}"; return await crashes.echo({ a: 1 })',
    );
    expect(await served.run('return [({} as any).polluted, [1].push(2), JSON.stringify([1])]')).toMatchObject(
      { result: [null, 2, '[1]'] },
    );
  });
});

it('the names by which the language probes any object are no tools', async () => {
  const run = await served.run(
    `return ${JSON.stringify([...reservedToolNames])}.filter((name) => typeof crashes[name] === 'function')`,
  );
  expect(run).toMatchObject({ status: 'success', result: [] });
});

describe('a call of ours with wrong arguments', () => {
  it.each([
    [
      'execute_composed_code',
      {},
      /^execute_composed_code: code is missing\. It takes \{code: string, timeout\?: number/,
    ],
    ['execute_composed_code', { script: 'return 1' }, /code is missing; there is no argument "script"/],
    [
      'execute_composed_code',
      { code: 'return 1', timout: 5 },
      /no argument "timout"\. Did you mean "timeout"\?/,
    ],
    ['tool_search', { querry: 'echo' }, /Is it what you gave as "querry"\?/],
    [
      'call_remote_tool',
      { tool_name: 'echo' },
      /does not say which server.*Did you mean crashes\.echo or v2\.echo\?/,
    ],
    ['call_remote_tool', { tool_name: 'crashes' }, /"crashes" is a server\. Name one of its tools.*echo/],
    ['call_backend', { server: 'crashes', tool: 'echo', params: '[1]' }, /but is \[1\]\. Write it as/],
    ['get_api_documentation', { tools: Array(201).fill('crashes.echo') }, /201 names; at most 200/],
    ['execute_composed_code', { code: 5 }, /code/],
    ['execute_composed_code', { code: 'return 1', timeout: -1 }, /timeout/],
    ['execute_composed_code', { code: 'return 1', timeout: 3_601 }, /timeout/],
    ['list_available_tools', { server: 'crashs' }, /no server "crashs".*Did you mean crashes/],
    ['list_available_tools', { cursor: 'x' }, /cursor/],
    ['list_available_tools', { detail: 'everything' }, /detail/],
    ['get_api_documentation', { server: 'nowhere' }, /no server "nowhere"/],
    ['get_api_documentation', { tools: ['crashes.ecko'] }, /no tool "ecko".*crashes\.echo/],
    ['no_such_tool', {}, /no_such_tool/],
  ])('%s %j', async (name, args, expected) => {
    const answer = await served.client
      .callTool({ name, arguments: args })
      .catch((error: unknown) => ({ content: [{ type: 'text' as const, text: String(error) }] }));
    const [block] = answer.content;
    expect(block?.type === 'text' && block.text).toMatch(expected);
    expect(await served.run('return 1')).toMatchObject({ status: 'success' });
  });
});
