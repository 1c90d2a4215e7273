/** When a script's types need no second look. */
import { expect, it } from 'vitest';
import type { ApiDescription } from '../../src/checking/api-description.ts';
import type { CheckReport, Unchecked } from '../../src/checking/script-checker.ts';
import { KnownAnswers } from '../../src/execution/known-answers.ts';

function api(): ApiDescription {
  return { declarations: '', globals: '', interfaces: new Map(), servers: [], callOf: () => '' };
}

const clean: CheckReport = { source: 0, findings: [], total: 0 };

function counted(answer: CheckReport | Unchecked = clean) {
  let asked = 0;
  return {
    check: async () => {
      asked += 1;
      return answer;
    },
    asked: () => asked,
  };
}

it('asks once for the same text, at the same time or later', async () => {
  const known = new KnownAnswers();
  const { check, asked } = counted();
  const described = api();
  await Promise.all([known.answer(described, 'a', check), known.answer(described, 'a', check)]);
  expect(await known.answer(described, 'a', check)).toBe(clean);
  expect(asked()).toBe(1);
});

it('asks again for another text, for another API, and for what was not checked', async () => {
  const known = new KnownAnswers();
  const first = api();
  const { check, asked } = counted();
  for (const [described, question] of [
    [first, 'a'],
    [first, 'b'],
    [api(), 'a'],
    [first, 'a'],
  ] as const)
    await known.answer(described, question, check);
  expect(asked()).toBe(4);
  const busy = counted({ unchecked: 'it was busy' });
  await known.answer(first, 'c', busy.check);
  await known.answer(first, 'c', busy.check);
  expect(busy.asked()).toBe(2);
});

it('asks again where asking failed', async () => {
  const known = new KnownAnswers();
  const described = api();
  await expect(known.answer(described, 'a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(await known.answer(described, 'a', counted().check)).toBe(clean);
});

it('keeps a hundred answers, and none for a long script', async () => {
  const known = new KnownAnswers();
  const described = api();
  const { check, asked } = counted();
  for (let index = 0; index <= 100; index += 1) await known.answer(described, `${index}`, check);
  await known.answer(described, '100', check);
  expect(asked()).toBe(101);
  await known.answer(described, '0', check);
  expect(asked()).toBe(102);
  const long = 'x'.repeat(20_001);
  await known.answer(described, long, check);
  await known.answer(described, long, check);
  expect(asked()).toBe(104);
});
