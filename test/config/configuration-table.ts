/** The tables of docs/configuration.md, made from the schemas and the limits, so that they cannot drift. */
import { z } from 'zod';
import { configFileVariables } from '../../src/config/paths.ts';
import { type SettingName, serverSchema, settingsSchema } from '../../src/config/schema.ts';
import { httpVariables, seedLimitVariables, settingVariables } from '../../src/config/variables.ts';
import { type LimitName, limitTable, limitVariable } from '../../src/limits.ts';

/** @returns Markdown: the keys of a server, our own settings, all limits */
export function renderConfigurationTable(): string {
  return [
    '### Keys of a server',
    table(['Key', 'Value', 'What it is'], serverRows()),
    '### Settings',
    'Under `orchestrator` in the file.',
    table(['Setting', 'Environment variable', 'Value', 'What it is'], settingRows()),
    '### Limits',
    `Under \`orchestrator.limits\` in the file. ${seedNames()}`,
    table(['Limit', 'Default', 'Range', 'Unit', 'Environment variable', 'What it bounds'], limitRows()),
  ].join('\n\n');
}

function seedNames(): string {
  const rows = Object.entries(seedLimitVariables).map(
    ([name, { variable, times }]) => `\`${name}\`${times === 1 ? '' : ', in seconds,'} by \`${variable}\``,
  );
  return `Also: ${rows.join('; ')}.`;
}

function serverRows(): string[][] {
  const rows: string[][] = [];
  for (const [key, optional] of Object.entries(serverSchema.shape)) {
    const schema = optional.unwrap();
    // A second name for a key has no description of its own.
    if (schema.description === undefined) continue;
    rows.push([code(key), kind(schema), schema.description]);
  }
  return rows;
}

function settingRows(): string[][] {
  const file = [
    '(the file itself)',
    configFileVariables.map(code).join(', '),
    'path',
    'The configuration file; on the command line `--config`. Default: the nearest `mcp_servers_config.json` from the working folder upwards.',
  ];
  const settings = Object.entries(settingsSchema.shape).flatMap(([name, optional]) => {
    const schema: z.ZodType = optional.unwrap();
    if (!(schema instanceof z.ZodObject)) return [settingRow(name, schema)];
    const parts = Object.entries(schema.shape as Record<string, z.ZodOptional<z.ZodType>>);
    return parts.map(([key, part]) => settingRow(`${name}.${key}`, part.unwrap()));
  });
  return [file, ...settings];
}

function settingRow(name: string, schema: z.ZodType): string[] {
  return [code(name), variablesOf(name).map(code).join(', '), kind(schema), schema.description ?? ''];
}

function variablesOf(name: string): readonly string[] {
  const [first = '', key = ''] = name.split('.');
  if (first !== 'http') return settingVariables[first as SettingName];
  const part = key === 'tokens' ? 'token' : key;
  return Object.hasOwn(httpVariables, part) ? httpVariables[part as keyof typeof httpVariables] : [];
}

function limitRows(): string[][] {
  return Object.entries(limitTable).map(([name, { default: usual, min, max, about }]) => [
    code(name),
    number(usual),
    `${number(min)} to ${number(max)}`,
    unit(name as LimitName),
    code(limitVariable(name)),
    about,
  ]);
}

/** The kind of value, by the JSON Schema of what may be written. */
function kind(schema: z.ZodType): string {
  if (schema === settingsSchema.shape.profiles.unwrap()) return 'object of profiles';
  if (schema instanceof z.ZodRecord && schema.valueType instanceof z.ZodEnum) return 'object of words';
  if (schema instanceof z.ZodDiscriminatedUnion) return 'object';
  const { type, enum: words, anyOf, items, properties } = z.toJSONSchema(schema, { io: 'input' });
  if (anyOf !== undefined) return 'path or `false`';
  if (words !== undefined) return 'one of the names given here';
  if (type === 'array')
    return items !== true && (items as { type?: string })?.type === 'object'
      ? 'list of objects'
      : 'list of texts';
  if (type === 'object') return properties === undefined ? 'object of texts' : 'object';
  return (
    { string: 'text', boolean: '`true` or `false`', integer: 'whole number' }[type as string] ?? 'number'
  );
}

function unit(name: LimitName): string {
  const units = { Seconds: 'seconds', Ms: 'ms', Mebibytes: 'MiB', Bytes: 'bytes' };
  const found = Object.entries(units).find(([word]) => new RegExp(`${word}(?:Max|Default)?$`).test(name));
  return found?.[1] ?? 'count';
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function code(text: string): string {
  return `\`${text}\``;
}

// Aligned as the formatter does it, so that the page passes its check as it is.
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], fill: string) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [line(first, ' '), line([], '-'), ...rest.map((row) => line(row, ' '))].join('\n');
}
