/** The text of a policy out of a script: its literals lifted into typed inputs, with the old values as defaults. */

import type { JsonObject } from '../catalog/tool.ts';
import type { LiftableLiteral } from '../checking/liftable-literals.ts';
import { OrchestratorError } from '../errors.ts';
import { leadingImports, looksLikeModule, mentionedNames } from '../execution/script-source.ts';
import { isSecretKey } from '../execution/shown-arguments.ts';

export interface Lifted extends LiftableLiteral {
  /** Of the input that takes its place. */
  readonly input: string;
}

export interface PolicyText {
  readonly description: string;
  readonly script: string;
  /** What the script was given as `input`. */
  readonly given?: unknown;
  readonly lifted: readonly Lifted[];
  /** `server.tool` each. */
  readonly tools: readonly string[];
  /** Every name that `unified_api` exports. */
  readonly apiNames: ReadonlySet<string>;
  /** From the policy's folder to the generated API, where there is one. */
  readonly apiSpecifier?: string | undefined;
}

const descriptionCharactersMax = 200;

/** Equal values under one name become one input; different ones are numbered. */
export function nameInputs(literals: readonly LiftableLiteral[]): Lifted[] {
  const taken = new Map<string, string>();
  return literals.map((literal) => {
    const base = literal.name.replace(/[^A-Za-z0-9_$]/g, '_').replace(/^(?=\d)/, '_');
    const value = JSON.stringify(literal.value);
    let input = base;
    for (let number = 2; taken.has(input) && taken.get(input) !== value; number += 1)
      input = `${base}_${number}`;
    taken.set(input, value);
    return { ...literal, input };
  });
}

/** @throws OrchestratorError `policy_invalid` for scripts of a shape that has to be rewritten by hand */
export function policyText(parts: PolicyText): string {
  const { description, script, given, lifted, tools } = parts;
  const { end } = leadingImports(script);
  const fields = [...liftedFields(lifted), ...givenFields(script, given, lifted)];
  const input = fields.length === 0 ? 'z.object({})' : `z.object({\n${fields.join('')}  })`;
  return `import { definePolicy, type PolicyInput, z } from 'mcp-tools-orchestrator/policy';
${importsOf(parts, end)}
export const policy = definePolicy({
  description: ${literalText(description)},
  input: ${input},
  tools: [${tools.map(literalText).join(', ')}],
});

${functionOf(replaceLiterals(script, lifted, end), looksLikeModule(script, end))}`;
}

/** The input with which the policy does what the script did: only what has no default. */
export function inputAgain(lifted: readonly Lifted[]): JsonObject {
  const secrets = lifted.filter(({ input }) => isSecretKey(input));
  return Object.fromEntries(secrets.map(({ input, value }) => [input, value]));
}

/** Whether the script uses `input` already. */
export function readsInput(script: string): boolean {
  return mentionedNames(script).has('input');
}

function liftedFields(lifted: readonly Lifted[]): string[] {
  const first = lifted.filter((one, index) => lifted.findIndex(({ input }) => input === one.input) === index);
  return first.map((literal) => {
    const { input, value } = literal;
    const schema = argumentSchema(literal);
    // A secret is not to stand in a file that is kept.
    const fallback = isSecretKey(input) ? '' : `.default(${literalText(value)})`;
    const about =
      typeof schema?.description === 'string' ? schema.description.replace(/\s+/g, ' ').trim() : '';
    const described =
      about === '' ? '' : `.describe(${literalText(about.slice(0, descriptionCharactersMax))})`;
    return field(input, `${typeOf(value, schema)}${fallback}${described}`);
  });
}

/** What the script read of its `input` stays an input. */
function givenFields(script: string, given: unknown, lifted: readonly Lifted[]): string[] {
  if (given === undefined || !readsInput(script)) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw byHand('its `input` is no object');
  const clash = Object.keys(given).find((name) => lifted.some(({ input }) => input === name));
  if (clash !== undefined) throw byHand(`its input "${clash}" has the name of an argument of a tool`);
  return Object.entries(given).map(([name, value]) =>
    field(name, `${typeOf(value, undefined)}.default(${literalText(value)})`),
  );
}

function field(name: string, schema: string): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  return `    ${key}: ${schema},\n`;
}

function typeOf(value: unknown, schema: JsonObject | undefined): string {
  const choices = schema?.enum;
  if (Array.isArray(choices) && choices.length > 0 && choices.every((one) => typeof one === 'string'))
    return `z.enum(${literalText(choices)})`;
  if (Array.isArray(value)) {
    const items = schema?.items as JsonObject | undefined;
    const [first] = value;
    const isOneKind = value.every((one) => typeof one === typeof first && typeof one !== 'object');
    return value.length > 0 && isOneKind ? `z.array(${typeOf(first, items)})` : 'z.array(z.any())';
  }
  if (typeof value === 'number') return schema?.type === 'integer' ? 'z.number().int()' : 'z.number()';
  if (typeof value === 'string') return 'z.string()';
  return typeof value === 'boolean' ? 'z.boolean()' : 'z.any()';
}

/** JSON, in the quotes that are usual in TypeScript. */
function literalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`;
  const text = JSON.stringify(value) ?? 'undefined';
  return /^"[^"'\\]*"$/.test(text) ? `'${text.slice(1, -1)}'` : text;
}

/** What the tool's own schema says of the argument. */
function argumentSchema({ tool, path }: LiftableLiteral): JsonObject | undefined {
  let schema = tool?.definition.inputSchema as JsonObject | undefined;
  for (const part of path) {
    const next = part === '[]' ? schema?.items : (schema?.properties as JsonObject | undefined)?.[part];
    schema = typeof next === 'object' && next !== null ? (next as JsonObject) : undefined;
  }
  return schema;
}

/** @param from what stands before it stays behind */
function replaceLiterals(script: string, lifted: readonly Lifted[], from: number): string {
  let text = '';
  let at = from;
  for (const { start, end, input } of lifted) {
    text += `${script.slice(at, start)}input.${input}`;
    at = end;
  }
  return text + script.slice(at);
}

function importsOf({ script, apiNames, apiSpecifier }: PolicyText, end: number): string {
  const own = script.slice(0, end).trim();
  if (own !== '' || apiSpecifier === undefined) return own === '' ? '' : `${own}\n`;
  const used = [...mentionedNames(script)].filter((name) => apiNames.has(name)).sort();
  return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${apiSpecifier}';\n`;
}

const asFunction = 'export default async (input: PolicyInput<typeof policy>) => {';

function functionOf(body: string, isModule: boolean): string {
  const text = isModule ? returning(body) : body;
  // In a text over several lines, blanks are part of it.
  const isIndented = !/`[^`]*\n[^`]*`/.test(text);
  const lines = text.trim().split('\n');
  const shown = isIndented ? lines.map((line) => (line === '' ? '' : `  ${line}`)) : lines;
  return `${asFunction}\n${shown.join('\n')}\n};\n`;
}

/** A module that exports a value -> statements that return it. */
function returning(module: string): string {
  const exports = [...module.matchAll(/^export\b.*/gm)];
  const [only] = exports;
  const value = /^export\s+default\s+(?!async\b|function\b|class\b|\(?[\w\s,{}:]*\)?\s*=>)/.exec(
    only?.[0] ?? '',
  );
  if (exports.length !== 1 || !only || !value) throw byHand('it exports something else than one value');
  return `${module.slice(0, only.index)}return ${module.slice(only.index + value[0].length)}`;
}

function byHand(reason: string): OrchestratorError {
  return new OrchestratorError('policy_invalid', `The script cannot be made a policy: ${reason}.`, {
    hint: 'Write the policy by hand: docs/policies.md says how.',
  });
}
