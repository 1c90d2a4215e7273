/** The catalogue of error codes and docs/errors.md say the same, in both directions. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes, messageOf } from '../src/errors.ts';

it('documents every code with its fault, and no other', () => {
  const text = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)`\s*\| (user|system)\s*\|/gm)].map(([, code, fault]) => [
    code,
    fault,
  ]);
  expect(Object.fromEntries(rows)).toEqual(errorCodes);
});

it('reads the message of anything that was thrown without running its code', () => {
  let touched = false;
  const hostile = new Error('x');
  Object.defineProperty(hostile, 'message', { get: () => (touched = true) });
  expect(messageOf(hostile)).toBe('Error');
  expect(messageOf(null)).toBe('a null was thrown');
  expect(messageOf('text')).toBe('text');
  expect(touched).toBe(false);
});
