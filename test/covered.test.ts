/** Nothing that a user can set is without a test: each flag, setting, key of a server and limit stands in one. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../src/cli/main.ts';
import { serverSchema, settingsSchema } from '../src/config/schema.ts';
import { limitTable } from '../src/limits.ts';

// Files that go through all names there are say nothing of any one of them.
const others = ['covered.test.ts', 'configuration-table.ts', 'reference.test.ts'];

// What it leaves undone needs a desktop.
const untested = ['--no-browser'];

const tests = readdirSync(import.meta.dirname, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && /\.(?:ts|json|js)$/.test(entry.name) && !others.includes(entry.name))
  .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
  .join('\n');
const words = new Set(tests.match(/[\w$]+/g));

function flagsOf(command: Command): string[] {
  const own = command.options.flatMap(({ long }) => long ?? []);
  return [...own, ...command.commands.flatMap(flagsOf)];
}

test('flags of the command line', () => {
  const flags = [...new Set(flagsOf(createProgram()))];
  expect(flags.length).toBeGreaterThan(30);
  const missing = flags.filter((flag) => !new RegExp(`['" ]${flag}\\b(?!-)`).test(tests));
  expect(missing.filter((flag) => !untested.includes(flag))).toEqual([]);
});

test('settings, keys of a server, and limits', () => {
  const names = [
    ...Object.keys(settingsSchema.shape),
    ...Object.keys(serverSchema.shape),
    ...Object.keys(limitTable),
  ];
  expect(names.filter((name) => !words.has(name))).toEqual([]);
});
