/**
 * What a script can reach, object for object, is what stands in reachable.txt: nothing more, in neither isolation mode.
 * A new V8 brings new objects: look at each of them, then write the list anew with UPDATE_REACH=1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Isolation } from '../../src/config/types.ts';
import { Sandbox } from './harness.ts';

const walk = `${readFileSync(path.join(import.meta.dirname, 'reachable.js'), 'utf8')}\nreturn lines;`;
const list = path.join(import.meta.dirname, 'reachable.txt');

test.each<Isolation>(['process', 'in-process'])('%s', async (isolation) => {
  const sandbox = new Sandbox({}, undefined, { isolation });
  const lines = (await sandbox.value(walk, { input: { pattern: '(' } })) as string[];
  await sandbox.close();
  const reached = `${lines.join('\n')}\n`;
  if (process.env.UPDATE_REACH === '1') writeFileSync(list, reached);
  expect(reached).toBe(readFileSync(list, 'utf8'));
});
