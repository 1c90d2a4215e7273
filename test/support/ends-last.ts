/** For what a file of tests starts once: ended after all of them, the last first. */
import { afterAll } from 'vitest';
import type { OnEnd } from './folder.ts';

/** @returns takes what is to be done then */
export function endsLast(): OnEnd {
  const ends: (() => void | Promise<void>)[] = [];
  afterAll(async () => {
    for (const done of ends.reverse()) await done();
  });
  return (done) => void ends.push(done);
}
