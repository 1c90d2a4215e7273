// The generated file: compiles alone, runs in plain Node, and lets nothing that a server wrote become code.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogServer } from '../../src/catalog/tool.ts';
import { renderDeclarations, renderSignature } from '../../src/codegen/declarations.ts';
import { generateUnifiedApi } from '../../src/codegen/generate.ts';
import { TypeCompiler } from '../../src/codegen/type-cache.ts';
import { silentLog } from '../../src/log.ts';
import { catalogue, hostileServer, injections, realServers, type ServerFixture, tool } from './support.ts';

const compilerProgram = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
/** Every option that a project may have on and that could object to the file. */
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'ES2022',
  module: 'NodeNext',
  types: [],
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  allowImportingTsExtensions: true,
};

const simple: ServerFixture = {
  name: 'files',
  tools: [
    tool('read-text', {
      properties: { path: { type: 'string' }, head: { type: 'integer' } },
      required: ['path'],
    }),
    tool(
      'list',
      {},
      {
        outputSchema: {
          type: 'object',
          properties: { names: { type: 'array', items: { type: 'string' } } },
          required: ['names'],
        },
      },
    ),
    tool('then', {}),
    tool('ping', { properties: {} }),
  ],
};

let directory: string;
let compiler: TypeCompiler;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'codegen-'));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  compiler = new TypeCompiler({ log: silentLog });
});

afterAll(async () => {
  await compiler.close();
  await rm(directory, { recursive: true });
});

function run(program: string[], cwd: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, program, { cwd, maxBuffer: 1e8 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

/** Writes the API of these servers and the given scripts into a folder of their own. */
async function project(
  name: string,
  servers: CatalogServer[],
  scripts: Record<string, string> = {},
): Promise<string> {
  const folder = join(directory, name);
  await mkdir(folder);
  await writeFile(join(folder, 'unified_api.ts'), await generateUnifiedApi(servers, compiler));
  for (const [file, text] of Object.entries(scripts)) await writeFile(join(folder, file), text);
  return folder;
}

async function typeCheck(folder: string, file: string): Promise<{ code: number | null; output: string }> {
  const config = { compilerOptions, files: [file] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return run([compilerProgram, '--pretty', 'false'], folder);
}

describe('what servers wrote', () => {
  test('real tools: compiles with every strict option, and runs in plain Node', async () => {
    const folder = await project('real', catalogue(realServers()));
    expect(await typeCheck(folder, 'unified_api.ts')).toEqual({ code: 0, output: '' });
    expect(await run(['unified_api.ts'], folder)).toEqual({ code: 0, output: '' });
  });

  test('hostile tools: compiles, and nothing of them runs', async () => {
    const script = `import * as api from './unified_api.ts';
      console.log(JSON.stringify({ injected: globalThis.injected ?? null, names: Object.keys(api).length }));`;
    const servers = [hostileServer(), ...injections.map((name) => ({ name, tools: [] }))];
    const folder = await project('hostile', catalogue(servers), { 'main.ts': script });
    expect(await typeCheck(folder, 'unified_api.ts')).toEqual({ code: 0, output: '' });
    const { code, output } = await run(['main.ts'], folder);
    expect({ code, ...JSON.parse(output) }).toEqual({
      code: 0,
      injected: null,
      names: servers.length + hostileServer().tools.length + 1,
    });
  });

  test('hidden characters stay out of the file', async () => {
    const text = await generateUnifiedApi(catalogue([hostileServer()]), compiler);
    expect(text.match(/[\p{Cf}\p{Co}\p{Cs}\u2028\u2029]|[^\P{Cc}\n]/u)).toBeNull();
  });
});

describe('for scripts', () => {
  const check = async (name: string, body: string) => {
    const folder = await project(name, catalogue([simple]), {
      'main.ts': `import { files, files__read_text, ToolError } from './unified_api.ts';\n${body}\nexport { files, files__read_text, ToolError };\n`,
    });
    return (await typeCheck(folder, 'main.ts')).output;
  };

  test('an honest script passes', async () => {
    const output = await check(
      'honest',
      `const text = await files.read_text({ path: 'a', head: 3 });
       const lines: number = text.split('\\n').length;
       await files__read_text({ path: 'b' });
       await files['read-text']({ path: 'c' });
       const { names } = await files.list();
       const first: string | undefined = names[0];
       const raw = await files.list.raw();
       try { await files.then_(); } catch (error) { if (error instanceof ToolError && error.kind === 'x') throw error; }
       console.log(lines, first, raw.content[0]?.text);`,
    );
    expect(output).toBe('');
  });

  test.each([
    ['misspelt tool', `await files.read_txt({ path: 'a' });`, "'read_txt' does not exist"],
    ['misspelt argument', `await files.read_text({ path: 'a', haed: 1 });`, "'haed' does not exist"],
    ['missing argument', 'await files.read_text({});', "'path' is missing"],
    ['no arguments', 'await files.read_text();', 'Expected 1 arguments'],
    ['wrong type', 'await files__read_text({ path: 5 });', "'number' is not assignable to type 'string'"],
    [
      'misspelt result',
      'const { nmaes } = await files.list(); console.log(nmaes);',
      "'nmaes' does not exist",
    ],
    [
      'argument of a tool that has none',
      'await files.ping({ a: 1 });',
      "'number' is not assignable to type 'never'",
    ],
  ])('%s is a type error', async (name, body, message) => {
    expect(await check(name.replaceAll(' ', '-'), body)).toContain(message);
  });
});

describe('in plain Node', () => {
  const call = `import { files, files__read_text, ToolError } from './unified_api.ts';
    const calls = [];
    const record = (value) => calls.push(value);`;

  test('calls go through the bridge, failures come back as ToolError', async () => {
    const script = `${call}
      globalThis[Symbol.for('mcp-tools-orchestrator.bridge')] = { call: async (...call) => {
        record(call);
        if (call[1] === 'list') throw Object.assign(new Error('gone'), { kind: 'connection_lost', retrySafe: 'no', hint: 'wait' });
        return 'text';
      } };
      record(await files.read_text({ path: 'a' }));
      await files__read_text.raw({ path: 'b' });
      await files['read-text']({ path: 'c' });
      record(await (async () => files)() === files);
      const error = await files.list().catch((thrown) => thrown);
      record([error instanceof ToolError, error.name, error.message, { ...error }]);
      console.log(JSON.stringify(calls));`;
    const folder = await project('bridge', catalogue([simple]), { 'main.ts': script });
    const { output } = await run(['main.ts'], folder);
    expect(JSON.parse(output)).toEqual([
      ['files', 'read_text', { path: 'a' }, false],
      'text',
      ['files', 'read_text', { path: 'b' }, true],
      ['files', 'read-text', { path: 'c' }, false],
      true,
      ['files', 'list', {}, false],
      [
        true,
        'ToolError',
        'gone',
        {
          name: 'ToolError',
          server: 'files',
          tool: 'list',
          kind: 'connection_lost',
          retrySafe: 'no',
          hint: 'wait',
        },
      ],
    ]);
  });

  test('without a bridge the package is asked, once', async () => {
    const folder = await project('local', catalogue([simple]), {
      'main.ts': `${call} await Promise.all([files.list(), files.list()]); console.log(await files.list());`,
    });
    const library = join(folder, 'node_modules/mcp-tools-orchestrator');
    await mkdir(library, { recursive: true });
    await writeFile(join(library, 'package.json'), '{"type":"module","exports":"./index.js"}');
    await writeFile(
      join(library, 'index.js'),
      'let opened = 0; export const openLocalApi = async () => { opened += 1; return { call: async () => opened }; };',
    );
    expect(await run(['main.ts'], folder)).toEqual({ code: 0, output: '1\n' });
  });

  test('without the package, the error says how to get it', async () => {
    const folder = await project('missing', catalogue([simple]), {
      'main.ts': `${call} await files.list();`,
    });
    const { code, output } = await run(['main.ts'], folder);
    expect(code).toBe(1);
    expect(output).toContain('npm install mcp-tools-orchestrator');
    expect(output).toContain('npx mcp-tools-orchestrator run FILE');
  });
});

describe('text', () => {
  test('the bytes depend on the tools alone, not on their order', async () => {
    const servers = catalogue([...realServers().slice(0, 3), simple]);
    const shuffled = servers.toReversed().map((server) => ({ ...server, tools: server.tools.toReversed() }));
    const text = await generateUnifiedApi(servers, compiler);
    expect(await generateUnifiedApi(shuffled, compiler)).toBe(text);
    expect(text.startsWith('// Generated by mcp-tools-orchestrator; do not edit.\n')).toBe(true);
  });

  test('declarations and signatures are compact', async () => {
    const tools = catalogue([simple])[0]?.tools ?? [];
    const types = await compiler.typesOf(tools);
    expect(tools.map((one) => renderSignature(one, types))).toEqual([
      'files.read_text(args: { path: string; head?: number }): Promise<ToolResult>',
      'files.list(args?: { [key: string]: unknown }): Promise<{ names: string[] }>',
      'files.then_(args?: { [key: string]: unknown }): Promise<ToolResult>',
      'files.ping(): Promise<ToolResult>',
    ]);
    expect(renderDeclarations(tools.slice(0, 1), types)).toBe(
      '/** The server\'s name for it: "read-text". */\nfiles.read_text(args: {\n  path: string;\n  /** (integer) */\n  head?: number;\n}): Promise<ToolResult>;\n',
    );
  });

  test('a signature stays one line of bounded length for any tool', async () => {
    const tools = catalogue([...realServers(), hostileServer()]).flatMap((server) => server.tools);
    const types = await compiler.typesOf(tools);
    for (const one of tools) {
      const signature = renderSignature(one, types);
      expect(signature).not.toContain('\n');
      expect(signature.length).toBeLessThan(1_400);
    }
  });
});
