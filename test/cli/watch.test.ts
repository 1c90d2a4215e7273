/** The live view: one frame through a pipe, and a terminal that is as it was afterwards. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { hasPython } from '../support/processes.ts';
import { atTerminal } from './pseudo-terminal.ts';

it('prints one frame, with what is wrong and with the runs of other processes', async () => {
  const { configFile } = setUp(
    { plain: fixture('plain-tools.mjs'), gone: { command: 'no-such-program' } },
    { storage: 'file', storage_folder: 'storage' },
  );
  const ran = await command(['run', '-', '--config', configFile, '--json'], {
    stdin: 'return await plain.add({ a: 1, b: 2 })',
  });
  const { run_id } = JSON.parse(ran.stdout);
  const { stdout, code } = await command(['watch', '--once', '--config', configFile]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^1 of 2 servers, 3 tools, 0 running/);
  expect(stdout).toMatch(/^plain +(?:ready|cached) +3/m);
  expect(stdout).toMatch(/^gone +failed +0 .*no-such-program/m);
  expect(stdout).toMatch(new RegExp(`^${run_id.slice(0, 40)}.*success +1 `, 'm'));
});

describe.skipIf(!hasPython)('on a terminal (needs python3)', () => {
  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\x03'],
  ])('ends by %s and puts everything back', async (_, key) => {
    const { configFile } = setUp({ plain: fixture('plain-tools.mjs') });
    const { seen, code } = await atTerminal(
      '$CLI top --interval 0.1 --config "$CONFIG"; stty -a | tr ";" "\\n" | grep -c "icanon"',
      [['ready', key]],
      { CONFIG: configFile },
      { rows: 12, columns: 60 },
    );
    expect(code).toBe(0);
    expect(seen).toContain('\x1b[?1049h');
    expect(seen.indexOf('\x1b[?1049l')).toBeGreaterThan(seen.indexOf('ready'));
    expect(seen).toContain('\x1b[?25h');
    // Lines are read whole again.
    expect(seen).toMatch(/1\r\n$/);
    // Each frame begins at the upper left corner.
    const lines = stripVTControlCharacters(seen.replaceAll('\x1b[H', '\n')).split(/\r?\n/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });
});
