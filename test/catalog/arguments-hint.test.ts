/** What an agent is told of arguments that a schema refuses: the name that was meant, and what belongs there. */
import { describe, expect, it } from 'vitest';
import { argumentsHint } from '../../src/catalog/arguments-hint.ts';
import { argumentsProblem, problemPath } from '../../src/execution/validate-arguments.ts';

const text = { type: 'string' };
const inputSchema = {
  type: 'object',
  properties: {
    title: text,
    labels: { type: 'array', items: { enum: ['bug', 'docs'] } },
    owner: { $ref: '#/$defs/person' },
    steps: { type: 'array', items: { $ref: '#/$defs/step' } },
    size: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    repo: text,
  },
  required: ['repo', 'title'],
  additionalProperties: false,
  $defs: {
    person: {
      type: 'object',
      properties: { login: text, email: text },
      required: ['login'],
      additionalProperties: false,
    },
    step: {
      type: 'object',
      properties: { name: text, next: { $ref: '#/$defs/step' } },
      required: ['name'],
      additionalProperties: false,
    },
  },
};

function told(args: unknown) {
  const definition = { name: 'tool', inputSchema };
  const problem = argumentsProblem(definition, args);
  return { problem, hint: argumentsHint(definition, args, problemPath(problem ?? '')) };
}

const good = { repo: 'a', title: 'b' };
const whole =
  'It takes {title: string, repo: string, labels?: ("bug" | "docs")[], owner?: {login: string, email?: string}, steps?: {name: string, next?: object}[], size?: number | null}.';

describe('the name that was meant', () => {
  it.each([
    [{ ...good, lables: [] }, 'args.lables is not a known property', `Did you mean "labels"? ${whole}`],
    [{ ...good, login: 'x' }, 'args.login is not a known property', whole],
    [
      { title: 'b', repository: 'a' },
      'args.repo is missing',
      `Is it what you gave as "repository"? ${whole}`,
    ],
    [{ ...good, qqq: 1 }, 'args.qqq is not a known property', whole],
    [{ title: 'b' }, 'args.repo is missing', whole],
    [{ ...good, size: 'x' }, 'args.size must be number, not "x"', whole],
  ])('%j', (args, problem, hint) => {
    expect(told(args)).toEqual({ problem, hint });
  });
});

describe('inside, what belongs there', () => {
  it.each([
    [
      { ...good, owner: { logn: 'x' } },
      'args.owner.login is missing',
      'Is it what you gave as "logn"? args.owner takes {login: string, email?: string}.',
    ],
    [
      { ...good, steps: [{ name: 'a' }, { name: 'b', next: { name: 'c', nxt: 1, than: 2 } }] },
      'args.steps[1].next.nxt is not a known property',
      'Did you mean "next"? args.steps[1].next takes {name: string, next?: {name: string, next?: object}}.',
    ],
    [
      { ...good, steps: [{ name: 3 }] },
      'args.steps[0].name must be string, not 3',
      'args.steps[0] takes {name: string, next?: {name: string, next?: object}}.',
    ],
  ])('%j', (args, problem, hint) => {
    expect(told(args)).toEqual({ problem, hint });
  });
});

it.each([
  ['nothing to say', { type: 'object' }, 'It takes {}.'],
  [
    'a reference in a circle',
    { type: 'object', properties: { a: { $ref: '#/properties/a' } } },
    'It takes {a?: any}.',
  ],
  [
    'a reference to nowhere',
    { type: 'object', properties: { a: { $ref: '#/nope/x' } } },
    'It takes {a?: any}.',
  ],
  [
    'no schemas',
    { type: 'object', properties: { a: true, b: null, c: 3 } },
    'It takes {a?: any, b?: any, c?: any}.',
  ],
  ['properties that are none', { properties: 'x', required: 7 }, 'It takes {}.'],
])('a schema with %s', (_, schema, hint) => {
  expect(argumentsHint({ inputSchema: schema as never }, { q: 1 }, 'args.q')).toBe(hint);
});

it('is short, whatever the schema', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `property_${index}`,
      { enum: Array.from({ length: 50 }, (__, i) => 'v'.repeat(i * 20)) },
    ]),
  );
  expect(argumentsHint({ inputSchema: { type: 'object', properties } }).length).toBeLessThan(450);
});
