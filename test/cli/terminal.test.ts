/** What a terminal gets and a pipe does not, and the other way round; through a real pseudo-terminal. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { hasPython } from '../support/processes.ts';
import { onTerminal } from './pseudo-terminal.ts';

const hostile = 'a\x1b[35mred\x1b[2J\x1b]0;title\x07\x9b32mgreen\rover\x08\x85next\ttab\nline';

function withScript(code = 'return 1') {
  const { folder, configFile } = setUp({
    steers: fixture('../../cli/fixtures/steers-terminal.mjs'),
    plain: fixture('plain-tools.mjs'),
  });
  const file = path.join(folder, 'script.ts');
  writeFileSync(file, code);
  return { file, configFile };
}

/** Our own colours and the progress line's; the terminal itself makes `\r\n` of a newline. */
const ours = /\p{Cc}\[(?:[012]|22|31|32|33|39)m|\r\p{Cc}\[2K|\r(?=\n)/gu;
const controls = /[^\P{Cc}\n\t]/u;

describe.skipIf(!hasPython)('on a terminal (needs python3)', () => {
  it.each([
    ['list --detail summary', 'aredgreen overnext tab line show'],
    ['list --detail full', 'aredgreenovernext\ttab\nline show'],
    ['list steers', 'set aside: asidearedgreenovernext\ttab\nline'],
    ['list --json --detail full', 'show'],
    ['call steers__show', 'show aredgreenovernext\ttab\nline'],
    ['call steers__show --json', 'show a'],
    ['call steers__fail', 'fail aredgreenovernext\ttab\nline'],
    ['run "$SCRIPT"', 'printed show aredgreenovernext\ttab\nline'],
    ['run "$SCRIPT" --json', 'printed'],
  ])('%s prints nothing that would steer it', async (line, text) => {
    const { configFile, file } = withScript(
      `console.log('printed ' + await steers.show({}));
       await steers.fail({});`,
    );
    const { seen } = await onTerminal(`$CLI ${line} --config "$CONFIG"`, {
      CONFIG: configFile,
      SCRIPT: file,
    });
    const left = seen.replace(ours, '');
    expect(left).toContain(text);
    expect(left).not.toMatch(controls);
    expect(seen).not.toContain('\x1b[2J');
  });

  it('shows the progress line and colours, and takes the line away', async () => {
    const { configFile, file } = withScript('return await plain.add({ a: 1, b: 2 })');
    const { seen, code } = await onTerminal('$CLI run "$SCRIPT" --config "$CONFIG"', {
      CONFIG: configFile,
      SCRIPT: file,
    });
    expect(code).toBe(0);
    expect(seen).toContain('\r\x1b[2Kstarting ...');
    expect(seen).toContain('\r\x1b[2K1 call, last: plain.add');
    expect(seen).toContain('\r\x1b[2K{\r\n');
    expect(seen).toContain('\x1b[2msuccess: 1 call,');
    const listed = await onTerminal('$CLI list --config "$CONFIG"', { CONFIG: configFile });
    expect(listed.seen).toMatch(/\r\p{Cc}\[2Kconnecting: \d of 2 servers; waiting for /u);
    expect(listed.seen).toContain('\x1b[1mplain\x1b[22m: \x1b[32mready\x1b[39m');
  });

  it('a name in the progress line cannot break out of it', async () => {
    const { configFile, file } = withScript(
      `const name = Object.keys(steers).find((key) => key.startsWith('odd'));
       return await steers[name!]({});`,
    );
    const { seen } = await onTerminal('$CLI run "$SCRIPT" --json --config "$CONFIG" > "$SCRIPT.out"', {
      CONFIG: configFile,
      SCRIPT: file,
    });
    expect(seen).toContain('\r\x1b[2K1 call, last: steers.odd');
    expect(seen.replace(ours, '')).not.toMatch(controls);
    expect(seen).not.toContain('\n');
  });

  it('has no colours with NO_COLOR', async () => {
    const { configFile } = withScript();
    const { seen } = await onTerminal('$CLI list --config "$CONFIG"', { CONFIG: configFile, NO_COLOR: '1' });
    expect(seen).toContain('plain: ready, 3 tools');
    expect(seen).not.toMatch(/\p{Cc}\[\d+m/u);
  });

  it('what is logged is text, over the progress line', async () => {
    const { configFile } = setUp({
      plain: fixture('plain-tools.mjs'),
      gone: { command: process.execPath, args: ['-e', 'console.error("\\x1b[2Jno key"); process.exit(3)'] },
    });
    const { seen } = await onTerminal('$CLI list --config "$CONFIG"', { CONFIG: configFile });
    expect(seen).toMatch(
      /\r\p{Cc}\[2K\p{Cc}\[33mwarn:\p{Cc}\[39m server not usable \(server: gone, problem: .*/u,
    );
    expect(seen).toContain('no key');
    expect(seen).not.toContain('\x1b[2J');
    expect(seen).not.toContain('"level"');
  });

  it('keeps the progress line, and no colours in what is piped', async () => {
    const { configFile } = withScript();
    const { seen } = await onTerminal('$CLI list --config "$CONFIG" | cat', { CONFIG: configFile });
    expect(seen).toContain('\r\x1b[2Kconnecting');
    expect(seen).toContain('plain: ready, 3 tools');
  });
});

describe('through a pipe', () => {
  it('results are exact, and there are neither colours nor a progress line', async () => {
    const { configFile, file } = withScript(
      'console.log(await steers.show({})); return await steers.show({})',
    );
    const called = await command(['call', 'steers__show', '--config', configFile]);
    expect(called).toEqual({ code: 0, stdout: `show ${hostile}\n`, stderr: '' });
    const ran = await command(['run', file, '--config', configFile]);
    expect(ran.stdout).toBe(`show ${hostile}\n${JSON.stringify(`show ${hostile}`)}\n`);
    expect(ran.stderr).toMatch(/^success: 2 calls, \d+ ms\n$/);
  });
});
