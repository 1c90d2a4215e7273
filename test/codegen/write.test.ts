// Atomic writes that happen only when something changed.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeIfChanged } from '../../src/codegen/write.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'write-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('creates the folder, and leaves a file with the same bytes alone', async () => {
  const file = join(directory, 'new/folder/api.ts');
  expect(await writeIfChanged(file, 'text é')).toBe('written');
  const before = await stat(file);
  expect(await writeIfChanged(file, 'text é')).toBe('unchanged');
  expect((await stat(file)).ino).toBe(before.ino);
  expect(await writeIfChanged(file, 'other')).toBe('written');
  expect(await readFile(file, 'utf8')).toBe('other');
});

test('many writers at once leave one whole text and nothing else', async () => {
  const file = join(directory, 'api.ts');
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(200_000));
  await Promise.all(texts.map((text) => writeIfChanged(file, text)));
  expect(texts).toContain(await readFile(file, 'utf8'));
  expect(await readdir(directory)).toEqual(['api.ts']);
});

test('a place that cannot be written is named, with what to do', async () => {
  await writeFile(join(directory, 'occupied'), '');
  const file = join(directory, 'occupied/api.ts');
  await expect(writeIfChanged(file, 'x')).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining(file),
    hint: expect.stringContaining('writable'),
  });
});
