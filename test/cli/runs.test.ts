/** The journal at the command line: runs listed, shown, replayed and gone on from; plans; questions at the terminal. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { newLedger } from '../support/ledger.ts';
import { setUp } from '../support/orchestrator.ts';
import { hasPython } from '../support/processes.ts';
import { onTerminal } from './pseudo-terminal.ts';

function setUpRuns(orchestrator: object = { storage: 'file', storage_folder: 'storage' }) {
  const ledger = newLedger();
  const { folder, configFile } = setUp(ledger.servers, { check: 'off', ...orchestrator });
  const script = (name: string, code: string) => {
    writeFileSync(path.join(folder, name), code);
    return path.join(folder, name);
  };
  const cli = (...args: string[]) => command([...args, '--config', configFile]);
  return { ledger, script, cli, configFile };
}

it('a run that failed is listed, shown, corrected and gone on from', async () => {
  const { ledger, script, cli } = setUpRuns();
  const failing = script(
    'failing.ts',
    `console.log("hello");
await ledger.append({ entry: { password: "hunter2" } });
throw new Error("a mistake");`,
  );
  const failed = await cli('run', failing);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/to go on from here, correct the script and add: --resume run_\w+/);
  const [run] = JSON.parse((await cli('runs', 'list', '--json')).stdout);
  expect(run).toMatchObject({ status: 'error', calls: 1, title: 'console.log("hello");' });
  expect((await cli('runs', 'list')).stdout).toMatch(/^run_\S+ .* error +1 calls .*hello/);
  const { stdout: shown } = await cli('runs', 'show', run.run_id);
  expect(shown).toContain('3 | throw new Error("a mistake");');
  expect(shown).toMatch(
    /#0 ledger\.append\(\{"entry":\{"password":"\[hidden\]"\}\}\) line 2 [\d.]+ ms: \{"name"/,
  );
  expect(shown).toMatch(/output:\nhello\n\nerror:\nscript_error: a mistake/);
  const corrected = script(
    'corrected.ts',
    'return (await ledger.append({ entry: { password: "hunter2" } })).count',
  );
  const resumed = await cli('run', corrected, '--resume', 'last');
  expect(resumed).toMatchObject({ code: 0, stdout: '1\n' });
  expect(resumed.stderr).toContain('reused: 1 call of');
  expect(ledger.lines()).toHaveLength(1);
});

it('going on with --fresh-reads makes reads anew, and no write', async () => {
  const { ledger, script, cli } = setUpRuns();
  const code = (end: string) => `await ledger.look({ entry: 1 }); await ledger.append({ entry: 2 }); ${end}`;
  await cli('run', script('failing.ts', code('throw new Error("a mistake")')));
  const corrected = script('corrected.ts', code('return "done"'));
  expect((await cli('run', corrected, '--resume', 'last')).stdout).toBe('"done"\n');
  expect(ledger.lines()).toEqual(['look 1', 'append 2']);
  await cli('run', script('failing.ts', code('throw new Error("another")')));
  expect((await cli('run', corrected, '--resume', 'last', '--fresh-reads')).stdout).toBe('"done"\n');
  expect(ledger.lines()).toEqual(['look 1', 'append 2', 'look 1', 'append 2', 'look 1']);
});

it('a run is replayed without any call, and what differs is told', async () => {
  const { ledger, script, cli } = setUpRuns();
  const code = (entry: string) => `const { count } = await ledger.append({ entry: "a" });
let kind; try { await ledger.append({ entry: "b" }) } catch (error) { kind = error.kind }
return { count, kind, entry: "${entry}" };`;
  ledger.wrong({ fail: ['b'] });
  await cli('run', script('one.ts', code('x')));
  ledger.wrong({});
  const same = await cli('runs', 'replay', 'last');
  expect(same).toMatchObject({ code: 0, stderr: expect.stringMatching(/the same as run_/) });
  expect(JSON.parse(same.stdout)).toEqual({ count: 1, kind: 'tool_failed', entry: 'x' });
  const [, original] = JSON.parse((await cli('runs', 'list', '--json')).stdout);
  const other = await cli('runs', 'replay', original.run_id, '--with', script('two.ts', code('y')));
  expect(other.stderr).toContain('differs from');
  expect(other.stderr).toContain('result.entry');
  const more = await cli(
    ...['runs', 'replay', original.run_id, '--with'],
    script('three.ts', 'await ledger.append({ entry: "new" })'),
  );
  expect(more).toMatchObject({ code: 1, stderr: expect.stringContaining('has no such call') });
  expect(ledger.lines()).toEqual(['append "a"']);
});

it('a plan is listed and applied by its digest', async () => {
  const { ledger, script, cli } = setUpRuns();
  const file = script('plan.ts', 'await ledger.append({ entry: 1 }); return "done"');
  const { stderr } = await cli('run', file, '--plan');
  expect(stderr).toContain('plan: 1 effects, none of them done:\n  ledger.append x1 (line 1)');
  const [digest = ''] = /plan_[0-9a-f]{32}/.exec(stderr) ?? [];
  expect(ledger.lines()).toEqual([]);
  expect(await cli('run', file, '--apply', digest)).toMatchObject({ code: 0, stdout: '"done"\n' });
  expect(ledger.lines()).toEqual(['append 1']);
});

it('where nothing is kept, it says how to keep it', async () => {
  const { cli } = setUpRuns({});
  expect((await cli('runs', 'list')).stderr).toContain('"storage": "file"');
  const shown = await cli('runs', 'show', 'last');
  expect(shown).toMatchObject({ code: 1, stderr: expect.stringContaining('"storage": "file"') });
});

describe.skipIf(!hasPython)('on a terminal (needs python3)', () => {
  const runAsked = async (typed: string) => {
    const { ledger, script, configFile } = setUpRuns();
    const code = 'for (const entry of ["a", "b"]) await ledger.remove({ entry }); return "both"';
    const env = { CONFIG: configFile, SCRIPT: script('ask.ts', code) };
    const { code: exit, seen } = await onTerminal('$CLI run "$SCRIPT" --config "$CONFIG"', env, typed);
    return { exit, seen: seen.replaceAll('\r\n', '\n'), done: ledger.lines() };
  };

  it('whoever sits there approves calls that destroy', async () => {
    const { exit, seen, done } = await runAsked('2\n');
    expect(seen).toContain('A script wants to call ledger.remove, which says that it destroys');
    expect(seen).toContain('2) all such calls in this run');
    expect(seen).toContain('"both"');
    expect([exit, done]).toEqual([0, ['remove "a"', 'remove "b"']]);
  });

  it('or ends the run', async () => {
    const { exit, seen, done } = await runAsked('3\n');
    expect(seen).toContain('the person stopped it');
    expect([exit, done]).toEqual([1, []]);
  });
});
