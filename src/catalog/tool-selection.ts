/** Which of a server's tools there are for anybody, and under which names: the one place that applies its entry's rules. */
import { matchesPattern } from '../config/pattern.ts';
import type { ToolRules } from '../config/types.ts';
import type { Introspection, QuarantinedTool, ToolDefinition } from './tool.ts';

export interface SelectedTool {
  /** Its `name` and `description` are the ones to be shown and called by. */
  readonly definition: ToolDefinition;
  /** As its server has it. */
  readonly remote: ToolDefinition;
}

export interface ToolSelection {
  readonly tools: readonly SelectedTool[];
  /** Tools that cannot have the name they were given, behind those that the introspection set aside. */
  readonly quarantined: readonly QuarantinedTool[];
}

const nothing: ToolSelection = { tools: [], quarantined: [] };
const noRules: ToolRules = {};
/** The same definitions stay the same objects: validators and types are made from them. */
const made = new WeakMap<Introspection, { rules: ToolRules; selection: ToolSelection }>();

/** Rules speak of the server's own names; excluding wins over including. */
export function selectTools(
  introspection: Introspection | undefined,
  rules: ToolRules = noRules,
): ToolSelection {
  if (!introspection) return nothing;
  const known = made.get(introspection);
  if (known?.rules === rules) return known.selection;
  const selection = select(introspection, rules);
  made.set(introspection, { rules, selection });
  return selection;
}

/** What the rules name and the server does not have: most likely misspelt, or gone. */
export function idleRules({ tools }: Introspection, rules: ToolRules = noRules): string[] {
  const { include = [], exclude = [], rename = {}, descriptions = {} } = rules;
  const names = tools.map(({ name }) => name);
  const patterns = [...include, ...exclude].filter(
    (pattern) => !names.some((name) => matchesPattern(name, pattern)),
  );
  const exact = [...Object.keys(rename), ...Object.keys(descriptions)].filter(
    (name) => !names.includes(name),
  );
  return [...new Set([...patterns, ...exact])];
}

function select({ tools, quarantined }: Introspection, rules: ToolRules): ToolSelection {
  const used = tools.filter(({ name }) => isUsed(name, rules));
  const renamed = new Map(Object.entries(rules.rename ?? {}));
  const descriptions = new Map(Object.entries(rules.descriptions ?? {}));
  // A tool that keeps its own name has it, whatever others are given.
  const taken = new Set(used.map(({ name }) => name).filter((name) => !renamed.has(name)));
  const selected: SelectedTool[] = [];
  const problems: QuarantinedTool[] = [];
  for (const remote of used) {
    const name = renamed.get(remote.name);
    const description = descriptions.get(remote.name);
    if (name !== undefined && taken.has(name)) {
      problems.push({
        name: remote.name,
        reason: `renameTools calls it "${name}", as another tool of the server is called. Give it another name.`,
      });
      continue;
    }
    if (name !== undefined) taken.add(name);
    const own = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
    const isChanged = name !== undefined || description !== undefined;
    selected.push({ remote, definition: isChanged ? { ...remote, ...own } : remote });
  }
  return { tools: selected, quarantined: [...quarantined, ...problems] };
}

function isUsed(name: string, { include, exclude = [] }: ToolRules): boolean {
  if (exclude.some((pattern) => matchesPattern(name, pattern))) return false;
  return include === undefined || include.some((pattern) => matchesPattern(name, pattern));
}
