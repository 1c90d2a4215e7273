// Introspection: one bad tool never hides the others.
import { expect, it } from 'vitest';
import { introspect } from '../../src/catalog/introspect.ts';
import { limits, open, stdio } from '../downstream/support.ts';

it('keeps what can be called, and says of the rest why not', async () => {
  const { tools, quarantined, ...about } = await introspect(open(stdio('malformed-tools')), limits());
  expect(about).toMatchObject({
    serverInfo: { name: 'malformed' },
    instructions: 'Instructions of malformed.',
  });
  expect(tools).toEqual([
    { name: 'good_first', inputSchema: { type: 'object' } },
    { name: 'no_type', inputSchema: { type: 'object', properties: { a: { type: 'string' } } } },
    { name: 'null_description', inputSchema: { type: 'object' } },
    { name: 'wrong_annotations', inputSchema: { type: 'object' }, annotations: { idempotentHint: true } },
    { name: 'annotations_list', inputSchema: { type: 'object' } },
    { name: 'null_output_schema', inputSchema: { type: 'object' } },
    { name: 'extra_fields', inputSchema: { type: 'object' }, icons: [{ src: 'x.png' }], 'x-vendor': 1 },
    { name: 'good_last', inputSchema: { type: 'object' }, description: 'fine' },
  ]);
  expect(quarantined).toEqual([
    { name: '#2', reason: 'Its definition is null, not an object.' },
    { name: '#3', reason: 'Its definition is a string, not an object.' },
    { name: '#4', reason: 'Its name is missing, not a string.' },
    { name: '#5', reason: 'Its name is a number, not a string.' },
    { name: '#6', reason: 'Its name is empty.' },
    { name: 'x'.repeat(128), reason: 'Its name has 129 characters; at most 128 are allowed.' },
    { name: 'no_schema', reason: 'Its inputSchema is missing, not an object.' },
    { name: 'null_schema', reason: 'Its inputSchema is null, not an object.' },
    { name: 'list_schema', reason: 'Its inputSchema is a list, not an object.' },
    {
      name: 'string_type',
      reason: 'Its inputSchema has type "string"; the arguments of a tool are always an object.',
    },
    { name: 'huge', reason: expect.stringContaining('at most 262144 are taken') },
    { name: 'good_first', reason: 'The server lists another tool of the same name before it.' },
  ]);
});

it('survives a definition that is nested too deeply, and takes a type that includes objects', async () => {
  const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
  const tools = [
    { name: 'deep', inputSchema: { type: 'object', deep } },
    { name: 'nullable', inputSchema: { type: ['object', 'null'] } },
  ];
  const result = await introspect({ listTools: async () => ({ tools }) }, limits());
  expect(result.quarantined).toEqual([
    { name: 'deep', reason: 'Its definition is nested too deeply to be handled.' },
  ]);
  expect(result.tools).toEqual([{ name: 'nullable', inputSchema: { type: 'object' } }]);
});

it('says that a list was cut', async () => {
  const { tools, quarantined } = await introspect(open(stdio('endless-cursor', ['same'])), limits());
  expect(tools).toHaveLength(2);
  expect(quarantined).toEqual([
    { name: '(further tools)', reason: expect.stringContaining('a cursor came twice') },
  ]);
});
