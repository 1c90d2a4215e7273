// Observed results as TypeScript: what was seen, marked as such, open to what was not, and never in the way of a check.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeShapes, type Shape, shapeOf } from '../../src/catalog/observed-shape.ts';
import type { CatalogServer } from '../../src/catalog/tool.ts';
import { renderDeclarations } from '../../src/codegen/declarations.ts';
import { generateUnifiedApi } from '../../src/codegen/generate.ts';
import { observedType, withObserved } from '../../src/codegen/observed-type.ts';
import { TypeCompiler } from '../../src/codegen/type-cache.ts';
import { silentLog } from '../../src/log.ts';
import { catalogue, injections, tool } from './support.ts';

const learn = (values: readonly unknown[]): Shape =>
  values.map(shapeOf).reduce((all, shape) => mergeShapes(all, shape, 'add'));
const typeOf = (...values: unknown[]) => observedType(learn(values), false).replace(/\s+/g, ' ');

let compiler: TypeCompiler;
beforeAll(() => {
  compiler = new TypeCompiler({ log: silentLog });
});
afterAll(() => compiler.close());

/** One server whose tools were seen to give these values. */
function observedCatalogue(results: Record<string, readonly unknown[]>): CatalogServer[] {
  const [server] = catalogue([
    { name: 'tracker', tools: Object.keys(results).map((name) => tool(name, {})) },
  ]);
  if (!server) throw new Error('no server');
  const tools = server.tools.map((one) => ({ ...one, observed: learn(results[one.name] ?? []) }));
  return [{ ...server, tools }];
}

const issues = [
  [
    { id: 1, title: 'x', labels: [], parent: null },
    { id: 2, title: 'y', labels: ['bug'], parent: null, assignee: { login: 'ann' } },
  ],
];

describe('one shape', () => {
  test.each<[string, unknown[], string]>([
    ['a text', ['x'], 'string'],
    ['scalars', [1, true, 'x', null], 'boolean | number | string | null'],
    ['null alone', [null], 'any'],
    ['empty lists', [[]], 'any[]'],
    ['lists of several', [[1, null], ['x']], '(number | string | null)[]'],
    ['lists of lists', [[[1]]], 'number[][]'],
    ['empty objects', [{}], '{ [key: string]: any }'],
    ['maps', [{ 'a@b.c': 1, 'd@e.f': 'x' }], '{ [key: string]: number | string }'],
    ['data beside fields', [{ total: 1, 'a@b.c': 1 }], '{ total: number; [key: string]: any; }'],
    ['sometimes absent', [{ a: 1, b: 1 }, { a: 2 }], '{ a: number; b?: number; }'],
    [
      'names that are no identifiers',
      [{ 'content-type': 'x', größe: 1 }],
      '{ "content-type": string; "größe": number; }',
    ],
    ['only null seen', [{ parent: null }], '{ /** Only null was seen. */ parent: any; }'],
    [
      'words',
      [Array.from({ length: 20 }, (_, index) => ({ state: index % 2 ? 'open' : 'closed' }))],
      '{ /** Seen: "closed", "open". */ state: string; }[]',
    ],
  ])('%s', (_, values, expected) => {
    expect(typeOf(...values)).toBe(expected);
  });

  test('in a file every object is open', () => {
    expect(observedType(learn([{ a: { b: 1 } }]), true)).toBe(
      '{\n  a: {\n    b: number;\n    [key: string]: any;\n  };\n  [key: string]: any;\n}',
    );
  });
});

test('the documentation shows them, and says that they were observed', async () => {
  const { tools } = observedCatalogue({ issues })[0] ?? { tools: [] };
  const types = withObserved(tools, await compiler.typesOf(tools), { open: false });
  expect(
    renderDeclarations(tools, types),
  ).toBe(`/** Result: observed, not declared; fields may be absent or differ. */
tracker.issues(args?: { [key: string]: unknown }): Promise<{
  assignee?: {
    login: string;
  };
  id: number;
  labels: string[];
  /** Only null was seen. */
  parent: any;
  title: string;
}[]>;
`);
});

describe('the generated file', () => {
  test('has them where they are asked for; equal knowledge gives equal bytes', async () => {
    const [row = []] = issues;
    const reversed = (row as object[])
      .map((one) => Object.fromEntries(Object.entries(one).reverse()))
      .reverse();
    const generate = (results: unknown[], observed: boolean) =>
      generateUnifiedApi(observedCatalogue({ issues: results }), compiler, { observed });
    const text = await generate(issues, true);
    expect(text).toContain('title: string;');
    expect(await generate([reversed, row, row], true)).toBe(text);
    // What scripts are checked against: nothing learned makes an error of what passed before.
    const unlearned = await generateUnifiedApi(
      catalogue([{ name: 'tracker', tools: [tool('issues', {})] }]),
      compiler,
    );
    expect(await generate(issues, false)).toBe(unlearned);
  });

  test('compiles with what hostile servers answered, and with code that reads what was not seen', async () => {
    const hostile = injections.map((text) => ({
      [text]: text,
      type: text,
      nested: [{ [text]: { [text]: 1 } }],
    }));
    const words = Array.from({ length: 20 }, () => ({
      state: 'constructor',
      constructor: 1,
      toString: 1,
    }));
    const folder = mkdtempSync(join(tmpdir(), 'observed-'));
    try {
      const servers = observedCatalogue({ issues, hostile, words: [words] });
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(folder, 'unified_api.ts'),
        await generateUnifiedApi(servers, compiler, { observed: true }),
      );
      writeFileSync(
        join(folder, 'main.ts'),
        `import { tracker } from './unified_api.ts';
         const list = await tracker.issues();
         for (const { id, title, assignee, milestone } of list)
           console.log(id.toFixed(), title.trim(), assignee?.login, milestone.due.on);
         // @ts-expect-error a number is no text
         console.log(list[0]?.id.trim());`,
      );
      const checked = await check(folder);
      expect(checked).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function check(folder: string): Promise<string> {
  const compilerProgram = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const options = [
    '--strict',
    '--noEmit',
    '--target',
    'ES2022',
    '--module',
    'NodeNext',
    '--allowImportingTsExtensions',
  ];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [compilerProgram, '--pretty', 'false', ...options, '--lib', 'ES2023,DOM', 'main.ts'],
      { cwd: folder },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}
