// Servers that are started before there is a connection: taken over by it, or ended.
import { afterEach, expect, it } from 'vitest';
import { endAhead, startAhead } from '../../src/downstream/head-start.ts';
import {
  defaultEnvironment,
  emptyFile,
  failureOf,
  limits,
  markedProcesses,
  open,
  read,
  stdio,
  textOf,
  until,
} from './support.ts';

const once = { repeatable: false };
const options = { limits: limits(), defaultEnvironment };
const starts = (file: string) => read(file).split('\n').filter(Boolean);

afterEach(endAhead);

it('the first connection takes the process over, with what it has said so far', async () => {
  const file = emptyFile();
  const config = stdio('notes-starts', [file]);
  startAhead(config, options);
  startAhead(config, options);
  await until(() => starts(file).length === 1, 'the server has started');
  const [pid] = starts(file);
  const connection = open(config);
  expect(textOf(await connection.callTool('pid', {}, once))).toBe(pid);
  await until(() => connection.lastStderr().length > 0, 'its stderr is kept');
  expect(connection.lastStderr()).toEqual(['notes-starts: is there']);
  await connection.close();
  // It is one connection's: the next one has a process of its own.
  expect(textOf(await open(config).callTool('pid', {}, once))).not.toBe(pid);
  expect(starts(file)).toHaveLength(2);
});

it('an entry that has changed since is another server', async () => {
  const file = emptyFile();
  const config = stdio('notes-starts', [file]);
  startAhead(config, options);
  await until(() => starts(file).length === 1, 'the server has started');
  expect(textOf(await open({ ...config }).callTool('pid', {}, once))).toBe(starts(file)[1]);
});

it('one that ended meanwhile does not keep its reason to itself', async () => {
  const file = emptyFile();
  const config = stdio('notes-starts', [file, 'API_KEY is not set']);
  startAhead(config, options);
  await until(() => starts(file).length === 1 && markedProcesses().length === 0, 'the server has ended');
  const failure = await failureOf(open(config).connect());
  expect(failure.message).toMatch(/exit code 3[^]*API_KEY is not set/);
});

it('a command that does not exist is told by the connection', async () => {
  const config = stdio('notes-starts', [], { command: 'no-such-command-here' });
  startAhead(config, options);
  expect((await failureOf(open(config).connect())).message).toContain('was not found on PATH');
});

it('what nobody takes is ended', async () => {
  const file = emptyFile();
  startAhead(stdio('notes-starts', [file]), options);
  await until(() => starts(file).length === 1, 'the server has started');
  await endAhead();
  expect(markedProcesses()).toEqual([]);
});

it('a server of which every run or principal has a process of its own waits for them', async () => {
  const file = emptyFile();
  startAhead(stdio('notes-starts', [file], { scope: 'run' }), options);
  startAhead({ ...stdio('notes-starts', [file]), name: 'plain' }, options);
  await until(() => starts(file).length === 1, 'the other server has started');
  expect(markedProcesses()).toHaveLength(1);
});
