/** What is inferred from results: true of all of them, bounded, and without their values. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { isFieldName } from '../../src/catalog/observed-names.ts';
import { observedSchema } from '../../src/catalog/observed-schema.ts';
import { mergeShapes, type Shape, shapeOf } from '../../src/catalog/observed-shape.ts';

const ajv = new Ajv2020({ strict: false, ownProperties: true });
const learn = (values: readonly unknown[]): Shape =>
  values.map(shapeOf).reduce((all, shape) => mergeShapes(all, shape, 'add'));
const schema = (...values: unknown[]) => observedSchema(learn(values));
const fits = (shape: Shape, value: unknown): boolean => ajv.compile(observedSchema(shape))(value) === true;

/** Numbers in [0, 1), the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const keys = [
  'id',
  'name',
  'state',
  'Kind',
  'a b',
  'x@y.z',
  '2024-01-01',
  'constructor',
  '__proto__',
  '',
  'ünder_1',
];
const texts = ['open', 'closed', 'secret-4711', 'Mallory Mallet', '', 'x'.repeat(100), 'in_progress'];

/** Any JSON: all kinds, hostile keys, nested a little deeper than is looked at. */
function anyJson(next: () => number, depth = 0): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const roll = next();
  if (roll < 0.1) return null;
  if (roll < 0.2) return next() < 0.5;
  if (roll < 0.35) return Math.floor(next() * 1e6) / 8;
  if (roll < 0.55 || depth > 10) return pick(texts);
  const length = Math.floor(next() * 6);
  if (roll < 0.7) return Array.from({ length }, () => anyJson(next, depth + 1));
  const entries = Array.from({ length }, () => [pick(keys), anyJson(next, depth + 1)] as const);
  return Object.fromEntries(entries);
}

describe('any JSON', () => {
  test('the merged shape accepts every value that was seen, in whatever order and however it was put together', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const next = random(seed);
      const values = Array.from({ length: 1 + Math.floor(next() * 8) }, () => anyJson(next));
      const half = Math.ceil(values.length / 2);
      const [first, second] = [learn(values.slice(0, half)), learn([...values.slice(half), values[0]])];
      const shapes = [learn(values), learn(values.toReversed()), mergeShapes(first, second, 'max')];
      for (const shape of shapes) {
        const valid = ajv.compile(observedSchema(shape));
        for (const value of values) expect(valid(value), `seed ${seed}: ${JSON.stringify(value)}`).toBe(true);
      }
    }
  });

  test('it says something: another kind of value does not fit', () => {
    const shape = learn([
      { id: 1, tags: ['a'] },
      { id: 2, tags: [] },
    ]);
    expect(fits(shape, { id: 3, tags: ['b'] })).toBe(true);
    for (const other of [{ id: 'three', tags: [] }, { id: 1 }, { id: 1, tags: [5] }, [], 'text', null])
      expect(fits(shape, other)).toBe(false);
  });

  test('no value stays in it, and no key that is data', () => {
    const secrets = [
      'hunter2',
      'sk-live-abcdef',
      'Mallory',
      'mallory@example.com',
      'AKIA4711',
      '4711',
      '/home/mallory',
    ];
    const value = {
      password: secrets[0],
      token: secrets[1],
      list: secrets,
      type: secrets[4],
      owner: { name: secrets[2], login: 'mallory' },
      'mallory@example.com': 5,
      [String(secrets[6])]: { '550e8400-e29b-41d4-a716-446655440000': true, U024BE7LH: 1, deadbeef01: 2 },
    };
    const kept = JSON.stringify(learn(Array.from({ length: 30 }, () => value)));
    for (const secret of [...secrets, 'mallory', '550e8400', 'U024BE7LH', 'deadbeef01'])
      expect(kept).not.toContain(secret);
    expect(kept).toContain('password');
  });

  test('knowledge that two processes share is not counted twice', () => {
    const shape = learn([{ a: 1 }, { a: 2, b: 'x' }, { a: null }]);
    expect(mergeShapes(shape, shape, 'max')).toEqual(shape);
  });
});

describe('merging', () => {
  test.each<[string, unknown[], object]>([
    [
      'sometimes absent',
      [{ a: 1, b: 2 }, { a: 1 }],
      { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a'] },
    ],
    ['of several kinds', [1, 'x', null], { type: ['null', 'number', 'string'] }],
    [
      'items of lists',
      [[{ a: 1 }], [{ a: 'x' }], []],
      {
        type: 'array',
        items: { type: 'object', properties: { a: { type: ['number', 'string'] } }, required: ['a'] },
      },
    ],
    ['lists that were all empty', [[], []], { type: 'array', items: {} }],
    [
      'an object with data among its fields',
      [{ total: 1, 'a@b.c': true }],
      { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] },
    ],
  ])('%s', (_, values, expected) => {
    expect(schema(...values)).toEqual(expected);
  });

  test('keys that keep changing, that are many, or that hold objects of one form are data', () => {
    const map = { type: 'object', additionalProperties: { type: 'number' } };
    expect(schema({ ann: 1 }, { bob: 2 }, { cid: 3 }, { dan: 4 })).toEqual(map);
    const letters = [...'abcdefgh'].flatMap((one) => [...'ijklmnopq'].map((two) => one + two));
    expect(schema(Object.fromEntries(letters.map((key) => [key, 1])))).toEqual(map);
    const people = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', 'gus', 'hal'].map((key) => [key, { age: 5 }]);
    expect(schema(Object.fromEntries(people))).toEqual({
      type: 'object',
      additionalProperties: { type: 'object', properties: { age: { type: 'number' } }, required: ['age'] },
    });
  });

  test('events of many forms keep their fields, because one is always there', () => {
    const events = ['opened', 'closed', 'merged', 'labeled', 'moved'].map((kind, index) => ({
      event: kind,
      [`by_${kind}`]: index,
    }));
    expect(Object.keys((schema(events).items as { properties: object }).properties)).toHaveLength(6);
  });
});

describe('words', () => {
  const rows = (key: string, values: readonly string[]) => values.map((value) => ({ [key]: value }));
  const told = (key: string, values: readonly string[]) =>
    (schema(rows(key, values)).items as { properties: Record<string, { examples?: string[] }> }).properties[
      key
    ]?.examples;
  const often = (...values: string[]) =>
    Array.from({ length: 30 }, (_, index) => values[index % values.length] ?? '');

  test('of a key that classifies, seen often, are told', () => {
    expect(told('state', often('open', 'closed'))).toEqual(['closed', 'open']);
    expect(told('issueType', often('bug', 'in_progress'))).toEqual(['bug', 'in_progress']);
  });

  test.each<[string, string, string[]]>([
    ['seen a few times', 'state', ['open', 'closed', 'open']],
    ['under a key that names people', 'owner', often('ann', 'bob')],
    ['under a key that ends alike', 'estate', often('ann', 'bob')],
    ['that are names', 'state', often('Bavaria', 'Hesse')],
    ['with digits', 'status', often('ok', 'k4711')],
    ['in sentences', 'status', often('ok', 'all is well')],
    ['long', 'status', often('ok', 'x'.repeat(25))],
    ['many', 'type', often(...'abcdefghi')],
  ])('%s: not told', (_, key, values) => {
    expect(told(key, values)).toBeUndefined();
  });
});

test.each([
  'id',
  'created_at',
  'html_url',
  '@type',
  '$ref',
  'content-type',
  'utf8',
  'x86_64',
  '_links',
  'größe',
  '名前',
])('%s is the name of a field', (key) => expect(isFieldName(key)).toBe(true));

test.each([
  '',
  '__proto__',
  'a.b',
  'src/x.ts',
  'Ann Lee',
  '2024-01-01',
  '12',
  'a@b',
  'U024BE7LH',
  'c0ffee',
  `k${'x'.repeat(60)}`,
  'facefeedfacefeed',
])('%j is data', (key) => expect(isFieldName(key)).toBe(false));

describe('bounds', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 5_000; level += 1) deep = level % 2 ? [deep] : { next: deep };
  const row = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `field_${'abcdefghij'[index % 10]}${'klmnop'[index % 6]}`,
      { a: 1, b: { c: [1] } },
    ]),
  );
  const huge: [string, unknown][] = [
    ['deep', deep],
    ['wide', Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index]))],
    ['long', Array.from({ length: 100_000 }, (_, index) => ({ [`k${index % 90}`]: index, id: index }))],
    ['rows', Array.from({ length: 5_000 }, () => row)],
    ['bushy', JSON.parse(`${'[{"a":'.repeat(20)}1${',"b":[[[1]]]}]'.repeat(20)}`)],
  ];

  test.each(huge)('%s: small, and read in a moment', (_, value) => {
    const startedAt = performance.now();
    const shape = learn([value, value, value]);
    // Some 5 ms each; the bound is for machines that do other things too.
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(JSON.stringify(shape).length).toBeLessThan(40_000);
  });

  test('a tree is known as far as there is room, and open below', () => {
    const tree = (depth: number): unknown => ({ name: 'x', children: depth === 0 ? [] : [tree(depth - 1)] });
    const shape = learn([tree(30)]);
    expect(fits(shape, tree(30))).toBe(true);
    expect(fits(shape, tree(2))).toBe(true);
    expect(JSON.stringify(shape)).toContain('"any":true');
  });
});
