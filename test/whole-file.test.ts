/** Folders and files as the system gives them, and what is said where it does not. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileProblem, makeFolder, writeAdvice, writeWhole } from '../src/whole-file.ts';
import { temporaryFolder } from './support/folder.ts';

const isLinux = process.platform === 'linux';

async function errorOf(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  return promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe('makeFolder', () => {
  it('makes what is missing, says which was the outermost, and leaves what is there', async () => {
    const folder = temporaryFolder();
    const deep = path.join(folder, 'a/b/c');
    expect(await makeFolder(deep, 0o700)).toBe(path.join(folder, 'a'));
    expect(statSync(path.join(folder, 'a/b')).mode & 0o777).toBe(0o700);
    expect(await makeFolder(deep)).toBeUndefined();
    expect(await makeFolder('/')).toBeUndefined();
  });

  it('several at once make it once', async () => {
    const deep = path.join(temporaryFolder(), 'a/b/c/d');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)));
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it('says what stands in the way', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'file'), '');
    expect(await errorOf(makeFolder(path.join(folder, 'file')))).toMatchObject({ code: 'EEXIST' });
    expect(await errorOf(makeFolder(path.join(folder, 'file/a/b')))).toMatchObject({ code: 'ENOTDIR' });
  });

  // With `recursive`, `mkdir` goes on for ever there.
  it.skipIf(!isLinux)('ends where no folder can ever be made', async () => {
    expect(await errorOf(makeFolder('/proc/none/of/these'))).toMatchObject({ code: 'ENOENT' });
  });
});

describe('what is said', () => {
  it('names what is wrong in words, and what to do', async () => {
    const folder = temporaryFolder();
    const taken = path.join(folder, 'taken');
    mkdirSync(path.join(taken, 'by a folder'), { recursive: true });
    const error = await errorOf(writeWhole(taken, 'x'));
    expect(fileProblem(error)).toBe('it is a folder (EISDIR)');
    expect(writeAdvice(error, taken)).toBe(`See that ${folder} is a folder that this user can write to.`);
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(fileProblem(full)).toBe('the disk is full (ENOSPC)');
    expect(writeAdvice(full, taken)).toBe(`Make room on the disk of ${folder}.`);
    const readOnly = Object.assign(new Error('EROFS'), { code: 'EROFS' });
    expect(fileProblem(readOnly)).toBe('the disk is read-only (EROFS)');
    expect(writeAdvice(readOnly, taken)).toBe(`Make the folder ${folder} writable for this user.`);
    expect(fileProblem(new Error('no code'))).toBe('no code');
  });

  it.skipIf(!isLinux)('of a disk that is full in truth', async () => {
    const error = await errorOf(writeFile('/dev/full', 'x'));
    expect(fileProblem(error)).toBe('the disk is full (ENOSPC)');
  });

  it('a write that fails leaves nothing behind', async () => {
    const folder = temporaryFolder();
    await errorOf(writeWhole(path.join(folder, 'x'.repeat(300)), 'text'));
    expect(readdirSync(folder)).toEqual([]);
  });
});
