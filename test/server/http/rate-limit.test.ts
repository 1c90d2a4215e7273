/** The token bucket, by a clock of our own. */
import { expect, it } from 'vitest';
import { RateLimit } from '../../../src/server/http/rate-limit.ts';

it('holds a minute’s worth, and is filled all the time', () => {
  let now = 0;
  const limit = new RateLimit(60, () => now);
  for (let count = 0; count < 60; count++) expect(limit.take('ann')).toBe(0);
  expect(limit.take('ann')).toBe(1);
  expect(limit.take('bob')).toBe(0);
  now = 999;
  expect(limit.take('ann')).toBe(1);
  now = 1_000;
  expect([limit.take('ann'), limit.take('ann')]).toEqual([0, 1]);
  now = 1_000_000;
  for (let count = 0; count < 60; count++) expect(limit.take('ann')).toBe(0);
  expect(limit.take('ann')).toBe(1);
});

it('says how long to wait where few are allowed', () => {
  const limit = new RateLimit(1, () => 0);
  expect([limit.take('ann'), limit.take('ann')]).toEqual([0, 60]);
});

it('counts nothing where there is no limit', () => {
  const limit = new RateLimit(0);
  for (let count = 0; count < 100_000; count++) expect(limit.take('ann')).toBe(0);
});
