import { describe, expect, it } from 'vitest';
import { errorText, unwrapResult } from '../../src/execution/unwrap-result.ts';

const text = (...texts: string[]) => texts.map((one) => ({ type: 'text', text: one }));

describe('the value of a call', () => {
  it.each([
    [
      'structured content of a tool with an output schema',
      { structuredContent: { a: 1 }, content: text('x') },
      true,
      { a: 1 },
    ],
    [
      'text where the schema is declared and nothing structured came',
      { content: text('{"a": 2}') },
      true,
      { a: 2 },
    ],
    [
      'the text of a tool without one',
      { structuredContent: { a: 1 }, content: text('plain') },
      false,
      'plain',
    ],
    ['structured content where there is nothing else', { structuredContent: [1], content: [] }, false, [1]],
    ['JSON text', { content: text(' {"a": [1, null]}\n') }, false, { a: [1, null] }],
    ['a number, a boolean and null as JSON', { content: text('42') }, false, 42],
    [
      'a number that would lose digits stays text',
      { content: text('12345678901234567890') },
      false,
      '12345678901234567890',
    ],
    ['a version stays text', { content: text('1.10') }, false, '1.10'],
    ['broken JSON stays text', { content: text('{"a": ') }, false, '{"a": '],
    ['several blocks', { content: text('a', 'b') }, false, text('a', 'b')],
    [
      'an image',
      { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png' }] },
      false,
      [{ type: 'image', data: 'AA==', mimeType: 'image/png' }],
    ],
    ['no content at all', {}, false, []],
    ['content that is no list', { content: 'x' }, false, []],
  ])('%s', (_, result, hasOutputSchema, expected) => {
    expect(JSON.parse(unwrapResult(result, hasOutputSchema))).toEqual(expected);
  });
});

describe('the text of a failure', () => {
  it('joins the text blocks and says what was cut', () => {
    expect(errorText({ content: text('one', 'two') }, 100)).toBe('one\ntwo');
    expect(errorText({ content: text('x'.repeat(50)) }, 10)).toBe(`${'x'.repeat(10)}... (50 characters)`);
  });
  it('falls back to what there is', () => {
    expect(errorText({ structuredContent: { code: 7 } }, 100)).toBe('{"code":7}');
    expect(errorText({}, 100)).toBe('[]');
  });
});
