/** docs/configuration.md says what the schemas say. UPDATE_DOCS=1 rewrites its generated part. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { serverSchema, settingsSchema } from '../../src/config/schema.ts';
import { limitTable, limitVariable } from '../../src/limits.ts';
import { renderConfigurationTable } from './configuration-table.ts';

const page = new URL('../../docs/configuration.md', import.meta.url);
const generatedPart = /(<!-- Generated from [^\n]* -->\n)([\s\S]*)(<!-- end of generated part -->)/;

test('the reference in docs/configuration.md is the one made from the schemas', () => {
  const written = readFileSync(page, 'utf8');
  const expected = written.replace(
    generatedPart,
    (_, begin: string, __, end: string) => `${begin}\n${renderConfigurationTable()}\n\n${end}`,
  );
  expect(written).toMatch(generatedPart);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, expected);
  expect(readFileSync(page, 'utf8'), 'run: UPDATE_DOCS=1 vitest run test/config/table.test.ts').toBe(
    expected,
  );
});

test('the tables name every limit with its variable, every setting and every server key', () => {
  const tables = renderConfigurationTable();
  for (const name of Object.keys(limitTable)) {
    expect(tables).toContain(`| \`${name}\` `);
    expect(tables).toContain(`\`${limitVariable(name)}\``);
  }
  for (const name of [...Object.keys(settingsSchema.shape), ...Object.keys(serverSchema.shape)]) {
    expect(tables).toMatch(new RegExp(`[\`"]${name}[\`"]`));
  }
});

test('the numbers and units of a limit are spelt out', () => {
  const row = renderConfigurationTable()
    .split('\n')
    .find((line) => line.startsWith('| `heapMebibytesMax`'));
  expect(row?.split('|').map((cell) => cell.trim())).toEqual([
    '',
    '`heapMebibytesMax`',
    '128',
    '16 to 4,096',
    'MiB',
    '`MCP_ORCHESTRATOR_HEAP_MEBIBYTES_MAX`',
    'heap of a script',
    '',
  ]);
});
