// Catalogues for the tests of code generation: real tools, and tools made to break it.
import { readFileSync } from 'node:fs';
import { assignNames } from '../../src/catalog/names.ts';
import type { CatalogServer, JsonObject, Tool, ToolDefinition } from '../../src/catalog/tool.ts';

export interface ServerFixture {
  readonly name: string;
  readonly tools: readonly ToolDefinition[];
  readonly instructions?: string;
}

/** Tools of published servers; the file names each package, version and licence. */
export function realServers(): ServerFixture[] {
  const file = new URL('../fixtures/tool-definitions.json', import.meta.url);
  const { servers } = JSON.parse(readFileSync(file, 'utf8')) as {
    servers: { server: string; tools: ToolDefinition[] }[];
  };
  return servers.map(({ server, tools }) => ({ name: server, tools }));
}

export function catalogue(servers: readonly ServerFixture[]): CatalogServer[] {
  const names = assignNames(
    servers.map(({ name, tools }) => ({ name, tools: tools.map((tool) => tool.name) })),
  );
  return servers.map(({ name, tools, instructions }) => {
    const identifier = names.get(name)?.identifier ?? '';
    return {
      name,
      identifier,
      status: 'ready',
      quarantined: [],
      ...(instructions === undefined ? {} : { instructions }),
      tools: tools.map((definition): Tool => {
        const given = names.get(name)?.tools.get(definition.name);
        return {
          server: name,
          name: definition.name,
          serverIdentifier: identifier,
          identifier: given?.identifier ?? '',
          flatName: given?.flatName ?? '',
          definition,
          remote: definition,
          effect: 'unknown',
          repeatable: false,
        };
      }),
    };
  });
}

export function tool(
  name: string,
  inputSchema: JsonObject,
  more: Partial<ToolDefinition> = {},
): ToolDefinition {
  return { name, inputSchema: { type: 'object', ...inputSchema }, ...more };
}

/** Each of these tries to end a comment or a string and to run; run, it would leave a mark on the global. */
export const injections = [
  '*/ globalThis.injected = 1; /*',
  '* / */*/ globalThis.injected = 2 /**/',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the attack
  '`${globalThis.injected = 3}`${process.exit(9)}`',
  '"; globalThis.injected = 4; "',
  "'; globalThis.injected = 5; '",
  'a\n*/\nglobalThis.injected = 6;\n/*',
  'a\u2028*/ globalThis.injected = 7;\u2029/*',
  '\\"; globalThis.injected = 8; //',
  '@ts-nocheck */ globalThis.injected = 9; /*',
  '\n@ts-expect-error',
  '{@link x} @deprecated \u202e*\u200b/ globalThis.injected = 10; /*',
  '\ud800*/\udc00 globalThis.injected = 11 /*',
  'docQ0Q textQ0Q nameQ0Q TypeQ0Q "textQ1Q" \uE000Root\uE001',
  '__proto__',
  'constructor',
  'then',
  'hasOwnProperty',
  '',
  `${'x'.repeat(13_000)}*/ globalThis.injected = 12`,
];

/** Schemas as hostile as the names: every place of a schema that holds text of the server's. */
export function hostileServer(): ServerFixture {
  const everywhere = (text: string): JsonObject => ({
    title: text,
    description: text,
    $id: text,
    $comment: text,
    properties: {
      ...Object.fromEntries([[text, { type: 'string', description: text, default: text, pattern: text }]]),
      value: { enum: [text, 1, null, { nested: text }], title: text },
      constant: { const: text, format: text },
      reference: { $ref: text },
      pointer: { $ref: `#/$defs/${text.replaceAll('~', '~0').replaceAll('/', '~1')}` },
      // Escape hatches of the compiler.
      hatch: { tsType: `any; } ${text}` },
      names: { type: 'string', enum: ['a'], tsEnumNames: [text] },
      base: { type: 'object', extends: { $ref: text }, title: text, properties: { a: { title: text } } },
      map: { type: 'object', patternProperties: { [text]: { type: 'number', description: text } } },
      list: {
        type: 'array',
        items: { type: 'object', description: text, properties: { a: { const: text } } },
      },
      data: { enum: [{ $ref: 'file:///etc/passwd' }], default: { $ref: 'file:///etc/passwd' } },
    },
    required: [text],
    $defs: Object.fromEntries([
      [text, { type: 'object', description: text, properties: { again: { $ref: '#' } } }],
    ]),
  });
  const node = {
    type: 'object',
    properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } },
  };
  return {
    name: 'hostile */ server',
    instructions: injections.join('\n'),
    tools: [
      ...injections.map((text) =>
        tool(text, everywhere(text), {
          description: text,
          outputSchema: { type: 'object', ...everywhere(text) },
        }),
      ),
      tool('recursive', {
        $defs: { node },
        properties: { tree: { $ref: '#/$defs/node' } },
        required: ['tree'],
      }),
      tool('aliases', {
        $defs: {
          a: { $ref: '#/$defs/b' },
          b: { $ref: '#/$defs/a' },
          c: { anyOf: [{ $ref: '#/$defs/c' }, { type: 'string' }] },
        },
        properties: {
          a: { $ref: '#/$defs/a' },
          c: { $ref: '#/$defs/c' },
          self: { $ref: '#/properties/self' },
        },
      }),
      tool('root', { properties: { self: { $ref: '#' } } }),
      tool('network', {
        properties: { a: { $ref: 'http://127.0.0.1:9/schema.json' }, b: { $ref: 'file:///etc/passwd' } },
      }),
      tool('deep', deep(5_000)),
      tool('wide', {
        properties: Object.fromEntries(
          Array.from({ length: 20_000 }, (_, i) => [`p${i}`, { type: 'string' }]),
        ),
      }),
      tool('multiplying', {
        allOf: Array.from({ length: 30 }, (_, i) => ({
          anyOf: Array.from({ length: 9 }, (_, j) => ({ properties: { [`p${i}_${j}`]: { const: j } } })),
        })),
      }),
      tool('malformed', {
        properties: {
          a: 7,
          b: null,
          c: [],
          d: true,
          e: false,
          f: { type: 'array', items: [[], 5] },
          g: { type: [3, {}] },
        },
        required: { not: 'a list' },
        anyOf: 'x',
        allOf: [null, 5],
        enum: undefined,
      } as unknown as JsonObject),
    ],
  };
}

function deep(levels: number): JsonObject {
  let schema: JsonObject = { type: 'string' };
  for (let level = 0; level < levels; level += 1) schema = { type: 'object', properties: { a: schema } };
  return schema;
}
