/** What a report shows of a call's arguments: no secret, nothing long, and always JSON. */
import { describe, expect, it } from 'vitest';
import { isSecretKey, shownArguments } from '../../src/execution/shown-arguments.ts';

const shown = (value: unknown) => shownArguments(JSON.stringify(value));

describe('secrets', () => {
  it.each([
    ...[
      'password',
      'DB_PASSWORD',
      'passwd',
      'api_key',
      'apiKey',
      'X-API-Key',
      'client_secret',
      'secret',
      'token',
    ],
    ...[
      'access_token',
      'refreshToken',
      'bot-token',
      'Authorization',
      'cookie',
      'privateKey',
      'credentials',
      'pin',
    ],
  ])('%s is one', (key) => {
    expect(isSecretKey(key)).toBe(true);
    expect(shown({ [key]: 'abc', deep: [{ [key]: { a: 'abc' } }] })).toEqual({
      [key]: '[hidden]',
      deep: [{ [key]: '[hidden]' }],
    });
  });

  it.each([
    ...[
      'page_token',
      'nextPageToken',
      'max_tokens',
      'tokenize',
      'secret_name',
      'password_policy',
      'token_type',
    ],
    ...['author', 'authority', 'keyboard', 'key', 'opinion', 'pinned', 'access_key_id', 'cancellationToken'],
  ])('%s is none', (key) => {
    expect(isSecretKey(key)).toBe(false);
    expect(shown({ [key]: 'abc' })).toEqual({ [key]: 'abc' });
  });

  it('flags and absent values under such keys stay', () => {
    const value = { password: '', token: null, secret: false };
    expect(shown(value)).toEqual(value);
  });

  it('inside of texts', () => {
    expect(shown({ url: 'postgres://me:hunter2@db/x', header: 'Bearer abcdefgh.ijk' })).toEqual({
      url: 'postgres://me:[hidden]@db/x',
      header: 'Bearer [hidden]',
    });
  });

  it('in what was cut off before', () => {
    const text = '{"a":1,"password":"hunter2","nested":{"apiKey":"abc';
    for (const sent of [text, JSON.stringify(`${text}... (9000 characters)`)]) {
      const report = String(shownArguments(sent));
      expect(report).toContain('{"a":1,"password":"[hidden]","nested":{"apiKey":"[hidden]"');
      expect(report).not.toMatch(/hunter2|abc/);
    }
    expect(shownArguments('{"a":1,"credentials":{"user":"me","x":["hunter2')).toBe('{"a":1,...');
  });
});

describe('length', () => {
  it('small values stay as they are', () => {
    const value = { path: 'a.md', list: [1, 2, 3], nested: { deep: { deeper: [null, true] } } };
    expect(shown(value)).toEqual(value);
  });

  it('long texts, lists and objects say how much is left out', () => {
    expect(
      shown({ text: 'x'.repeat(5_000), list: Array.from({ length: 100 }, (_, index) => index), path: 'a' }),
    ).toEqual({
      text: `${'x'.repeat(200)}... (5000 characters)`,
      list: [0, 1, 2, 3, 4, 5, 6, 7, '... 92 more'],
      path: 'a',
    });
  });

  it.each([
    [
      'a list of objects',
      { entities: Array.from({ length: 500 }, (_, i) => ({ name: `n${i}`, text: 'y'.repeat(300) })) },
    ],
    ['many keys', Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key_${i}`, 'z'.repeat(100)]))],
    ['depth', JSON.parse(`${'{"a":['.repeat(200)}1${']}'.repeat(200)}`)],
    ['long keys', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`.repeat(3_000), 1]))],
  ])('%s fits', (_, value) => {
    expect(JSON.stringify(shown(value)).length).toBeLessThan(700);
  });
});
