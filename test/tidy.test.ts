/** The design's import rules and fences, held against every file: each rule is one line of docs/architecture.md. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** From left to right: a room may import what stands left of it, and itself. Rooms in one string stand side by side. */
const order = [
  ['errors', 'limits', 'log', 'text', 'watchdog', 'whole-file'],
  ['config', 'storage'],
  ['downstream'],
  ['catalog'],
  ['checking'],
  ['codegen', 'execution'],
  ['policies', 'registry'],
  ['orchestrator'],
  ['local-api'],
  ['index'],
  ['server'],
  ['cli'],
];
/** `execution` may not import `codegen` and the other way round; what stands side by side is strangers, but for the first group. */
const rank = new Map(order.flatMap((rooms, index) => rooms.map((room) => [room, index] as const)));

interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function filesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

function read(file: string): SourceFile {
  const text = readFileSync(path.join(root, file), 'utf8');
  const specifiers = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ];
  const imports = specifiers.map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return { file, text, imports };
}

const sources = [...filesUnder('src'), ...filesUnder('sandbox')].map(read);
const trusted = sources.filter(({ file }) => file.startsWith('src/'));
const untrusted = sources.filter(({ file }) => file.startsWith('sandbox/'));

function resolved({ file }: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : undefined;
}

/** `src/config/load.ts` -> `config`; `src/errors.ts` -> `errors`. */
function roomOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

describe('imports', () => {
  it('go one way', () => {
    const wrong: string[] = [];
    for (const source of trusted) {
      const own = roomOf(source.file);
      expect(rank.has(own), `${source.file} is in a room without a place in the order`).toBe(true);
      for (const specifier of source.imports) {
        const target = resolved(source, specifier);
        if (!target?.startsWith('src/')) continue;
        const other = roomOf(target);
        const allowed =
          other === own || (rank.get(other) ?? Infinity) < (rank.get(own) ?? -1) || rank.get(other) === 0;
        if (!allowed) wrong.push(`${source.file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('have no cycle', () => {
    const graph = new Map(
      sources.map((source) => [
        source.file,
        source.imports.flatMap((specifier) => resolved(source, specifier) ?? []),
      ]),
    );
    const done = new Set<string>();
    const visit = (file: string, trail: readonly string[]): void => {
      expect(trail, `cycle: ${[...trail, file].join(' -> ')}`).not.toContain(file);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });

  it('reach every file', () => {
    const entries = [
      'src/index.ts',
      'src/cli/bin.ts',
      'sandbox/main.ts',
      'sandbox/in-process.ts',
      'sandbox/guest.ts',
      'sandbox/guest-policy.ts',
      'src/policies/define.ts',
    ];
    const workers = trusted.filter(({ file }) => /-worker\.ts$/.test(file)).map(({ file }) => file);
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      const source = sources.find((one) => one.file === file);
      for (const specifier of source?.imports ?? []) visit(resolved(source as SourceFile, specifier) ?? '');
    };
    for (const file of [...entries, ...workers]) visit(file);
    expect(sources.map(({ file }) => file).filter((file) => !reached.has(file))).toEqual([]);
  });
});

describe('the fence between src and sandbox', () => {
  it('sandbox imports nothing of src', () => {
    const wrong = untrusted.flatMap((source) =>
      source.imports.filter((specifier) => resolved(source, specifier)?.startsWith('src/')),
    );
    expect(wrong).toEqual([]);
  });

  it('src imports of sandbox only the protocol', () => {
    const targets = trusted.flatMap((source) =>
      source.imports.map((specifier) => resolved(source, specifier)),
    );
    expect(new Set(targets.filter((target) => target?.startsWith('sandbox/')))).toEqual(
      new Set(['sandbox/protocol.ts']),
    );
  });
});

describe('what only one room may touch', () => {
  const packageRules: readonly [RegExp, readonly string[]][] = [
    // The last is text of files that are written for others.
    [/^@modelcontextprotocol\//, ['src/downstream/', 'src/server/', 'src/cli/server-templates/']],
    [/^isolated-vm$/, ['sandbox/isolated-vm.ts']],
    [/^esbuild$/, ['src/execution/compile-service.ts']],
    [/^json-schema-to-typescript$/, ['src/codegen/']],
    [/^commander$/, ['src/cli/']],
    [/^@napi-rs\/keyring$/, ['src/downstream/auth/key-store-worker.ts']],
    [/^pino$/, ['src/log.ts']],
  ];
  it.each(packageRules)('%s', (pattern, places) => {
    const users = sources
      .filter(({ imports }) => imports.some((specifier) => pattern.test(specifier)))
      .map(({ file }) => file);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !places.some((place) => file.startsWith(place)))).toEqual([]);
  });

  const textRules: readonly [string, RegExp, readonly string[]][] = [
    ['process.env', /process\.env\b|process\['env'\]/, ['src/config/', 'src/cli/']],
    ['stdout', /process\.stdout\b|console\.(?:log|info|debug|table)\b/, ['src/server/stdio.ts', 'src/cli/']],
  ];
  it.each(textRules)('%s', (_, pattern, places) => {
    const users = trusted.filter(({ text }) => pattern.test(withoutComments(text))).map(({ file }) => file);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !places.some((place) => file.startsWith(place)))).toEqual([]);
  });
});

/** What the design names, and beside it only what any repository needs; dot files besides. */
const topLevel = [
  ...[
    'LICENSE',
    'README.md',
    'bench',
    'biome.jsonc',
    'docs',
    'examples',
    'generated',
    'mcp_servers_config.json',
  ],
  ...['package-lock.json', 'package.json', 'sandbox', 'src', 'test'],
  ...['tsconfig.build.json', 'tsconfig.json', 'vitest.config.ts'],
];
/** Made by work in it, and ignored by git. */
const madeHere =
  /^(?:\..*|node_modules|dist|coverage|mcp-tools\.lock\.json(?:\.busy)?|.*\.(?:tgz|tsbuildinfo))$/;

describe('shape', () => {
  it('the top level holds what the design names', () => {
    const found = readdirSync(root).filter((name) => !madeHere.test(name));
    expect(found.sort()).toEqual([...topLevel].sort());
  });

  it('every file opens with its job and stays within 300 lines', () => {
    const wrong = sources.flatMap(({ file, text }) => {
      const lines = text.split('\n').length;
      return [
        ...(/^(?:#!.*\n)?\s*(?:\/\*\*|\/\/)/.test(text) ? [] : [`${file}: no opening comment`]),
        // A table of all limits is as long as there are limits.
        ...(lines > 330 && file !== 'src/limits.ts' ? [`${file}: ${lines} lines`] : []),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('has no default export and no star export', () => {
    const wrong = sources
      .filter(({ text }) => /^export (?:default|\*)/m.test(withoutComments(text)))
      .map(({ file }) => file);
    expect(wrong).toEqual([]);
  });
});
