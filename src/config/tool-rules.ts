/** Which of its tools a server's entry lets be used, and what they are called, in every spelling that clients have. */

import type { ServerEntry } from './schema.ts';
import type { Reading } from './server-fields.ts';
import type { ToolRules } from './types.ts';

type RuleKey = keyof typeof spellings;

/** Ours first. */
const spellings = {
  includeTools: ['includeTools', 'include_tools', 'enabledTools', 'enabled_tools'],
  excludeTools: ['excludeTools', 'exclude_tools', 'disabledTools', 'disabled_tools'],
  renameTools: ['renameTools', 'rename_tools'],
  describeTools: ['describeTools', 'describe_tools'],
} as const satisfies Record<string, readonly (keyof ServerEntry)[]>;

/** Their values may be shown in messages. */
export const toolRuleKeys: readonly string[] = Object.values(spellings).flat();

/** @returns undefined where the entry has no such rule */
export function readToolRules(parsed: ServerEntry, reading: Reading): ToolRules | undefined {
  const include = only('includeTools', parsed, reading);
  const exclude = only('excludeTools', parsed, reading);
  const rename = only('renameTools', parsed, reading);
  const describe = only('describeTools', parsed, reading);
  if (include?.value.length === 0)
    reading.report(
      'warning',
      [include.key],
      'is empty: no tool of this server can be used. Remove it to have all.',
    );
  for (const [from, to] of repeatedTargets(rename?.value ?? {}))
    reading.report(
      'problem',
      [rename?.key ?? 'renameTools', from],
      `gives a second tool the name "${to}". Give it another name.`,
    );
  const rules = {
    ...(include && { include: include.value }),
    ...(exclude && { exclude: exclude.value }),
    ...(rename && { rename: rename.value }),
    ...(describe && { descriptions: describe.value }),
  };
  return Object.keys(rules).length > 0 ? rules : undefined;
}

/** The key as it is spelt, and its value; a second spelling beside it is a problem, because one of them would not count. */
function only<Key extends RuleKey>(
  rule: Key,
  parsed: ServerEntry,
  reading: Reading,
): { key: string; value: NonNullable<ServerEntry[Key]> } | undefined {
  const [key, second] = spellings[rule].filter((spelling) => parsed[spelling] !== undefined);
  if (key === undefined) return undefined;
  if (second !== undefined)
    reading.report('problem', [second], `says the same as "${key}". Keep one of them, with all names in it.`);
  return { key, value: parsed[key] as NonNullable<ServerEntry[Key]> };
}

function repeatedTargets(rename: Readonly<Record<string, string>>): [from: string, to: string][] {
  const targets = Object.values(rename);
  return Object.entries(rename).filter(([, to], index) => targets.indexOf(to) < index);
}
