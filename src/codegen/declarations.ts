/** A tool's declaration as text: for documentation that agents read, and as a member of the generated API. */
import type { Tool } from '../catalog/tool.ts';
import { commentText, jsDoc, pascalCase, quote, unusedName } from './text.ts';
import { subTypeMark, type ToolTypes, type TypeText, untyped } from './tool-types.ts';

const descriptionCharactersMax = 1_000;
const signatureCharactersMax = 500;
/** Named types that refer to named types. */
const whereStepsMax = 3;
/** Types that the generated file and the documentation use without further explanation. */
export const unstructuredResult = 'ToolResult';

export type TypesByTool = ReadonlyMap<string, ToolTypes>;

/** Compact TypeScript declarations with their documentation, one tool after another. */
export function renderDeclarations(tools: readonly Tool[], types: TypesByTool): string {
  const used = new Set<string>();
  return tools
    .map((tool) => {
      const { args, optional, result, subTypes } = toolTexts(tool, types, used);
      const call = `${tool.serverIdentifier}.${tool.identifier}(args${optional ? '?' : ''}: ${args}): Promise<${result}>;`;
      return `${toolComment(tool, types, '')}${call}\n${subTypes}`;
    })
    .join('\n');
}

/** One line: `filesystem.read_file(args: { path: string }): Promise<ToolResult>`. Cut where it would be long. */
export function renderSignature(tool: Tool, types: TypesByTool): string {
  const { args, optional, result } = toolTexts(tool, types, new Set());
  const parameters = args === noProperties ? '' : `args${optional ? '?' : ''}: ${oneLine(args)}`;
  return `${tool.serverIdentifier}.${tool.identifier}(${parameters}): Promise<${oneLine(result)}>`;
}

/** How it is called, for the author of a call that is wrong: `filesystem.read_file({ path: string })`. Cut as the above. */
export function renderCall(tool: Tool, types: TypesByTool): string {
  const { args, optional, argumentTypes } = toolTexts(tool, types, new Set());
  const parameters = args === noProperties ? '{}' : oneLine(requiredFirst(shortUnions(args)));
  const call = `${tool.serverIdentifier}.${tool.identifier}(${parameters})${optional ? ', or without arguments' : ''}`;
  return call + whereTypes(call, argumentTypes);
}

/** What the named types in a signature stand for, as far as there is room. */
function whereTypes(call: string, types: readonly NamedType[]): string {
  let where = '';
  for (let step = 0; step < whereStepsMax; step += 1) {
    for (const { name, text } of types) {
      const isUsed = new RegExp(`\\b${name}\\b`).test(call + where);
      if (!isUsed || where.includes(` ${name} = `)) continue;
      const one = `${where === '' ? ' where' : ','} ${name} = ${oneLine(shortUnions(text))}`;
      if (call.length + where.length + one.length <= signatureCharactersMax) where += one;
    }
  }
  return where;
}

/** An object's properties in another order, so that what must be given is not what is cut off. */
function requiredFirst(type: string): string {
  const lines = type.split('\n');
  if (lines.length < 3 || lines[0] !== '{' || lines.at(-1) !== '}') return type;
  const properties: string[][] = [];
  for (const line of lines.slice(1, -1)) {
    const isStart = /^ {2}[^ }\])*]/.test(line) && !line.startsWith('  /**');
    if (isStart || properties.length === 0) properties.push([line]);
    else properties.at(-1)?.push(line);
  }
  const isOptional = ([line = '']: readonly string[]) => /^ {2}(?:[\w$]+|"(?:[^"\\]|\\.)*")\?:/.test(line);
  const sorted = properties.toSorted((a, b) => Number(isOptional(a)) - Number(isOptional(b)));
  return ['{', ...sorted.flat(), '}'].join('\n');
}

/** Of a long list of words, the first few. */
function shortUnions(type: string): string {
  return type.replace(/("[^"\n]*"(?: \| "[^"\n]*"){4})(?: \| "[^"\n]*"){2,}/g, '$1 | …');
}

export interface ToolTexts {
  readonly args: string;
  readonly optional: boolean;
  readonly result: string;
  /** Declarations of the named types that `args` and `result` refer to; '' where there are none. */
  readonly subTypes: string;
  /** Those of `args`, one by one. */
  readonly argumentTypes: readonly NamedType[];
}

interface NamedType {
  readonly name: string;
  /** What stands right of `type Name =`. */
  readonly text: string;
}

/** @param used names of types that are taken; the tool's own are added */
export function toolTexts(tool: Tool, types: TypesByTool, used: Set<string>): ToolTexts {
  const known = types.get(tool.flatName) ?? untyped('its types are not known yet');
  const prefix = pascalCase(`${tool.serverIdentifier} ${tool.identifier}`);
  const args = named(known.args, prefix, used);
  const result = known.result && named(known.result, `${prefix}Result`, used);
  return {
    args: args.type,
    optional: known.argsOptional,
    result: result?.type ?? unstructuredResult,
    subTypes: args.subTypes + (result?.subTypes ?? ''),
    argumentTypes: args.types,
  };
}

/** JSDoc: what the tool does, what calling it does to the world, and what it is really called. */
export function toolComment(tool: Tool, types: TypesByTool, indent: string): string {
  const { description, title } = tool.definition;
  const known = types.get(tool.flatName);
  const lines = [
    commentText(description ?? title ?? '', descriptionCharactersMax),
    commentText(effectOf(tool), 200),
    known?.note === undefined ? '' : commentText(`Arguments: ${known.note}`, 200),
    known?.resultNote === undefined ? '' : commentText(`Result: ${known.resultNote}`, 200),
    tool.name === tool.identifier ? '' : commentText(`The server's name for it: ${quote(tool.name)}.`, 200),
  ];
  return jsDoc(lines.filter((line) => line !== '').join('\n'), indent);
}

const noProperties = '{ [key: string]: never }';

function effectOf(tool: Tool): string {
  const destructive = tool.definition.annotations?.destructiveHint === true;
  if (tool.effect === 'read') return 'Read-only.';
  const effect = tool.effect === 'write' ? `Changes things${destructive ? ', may destroy' : ''}.` : '';
  return tool.repeatable ? `${effect} Safe to repeat.`.trim() : effect;
}

/** Gives a type's sub-types names that nothing else has, and writes their declarations. */
function named(
  text: TypeText,
  prefix: string,
  used: Set<string>,
): { type: string; subTypes: string; types: NamedType[] } {
  const names = new Map(text.subTypes.map(({ name }) => [name, unusedName(prefix + name, used)]));
  const resolve = (type: string): string =>
    type.replace(subTypeMark, (_, name) => names.get(name) ?? 'unknown');
  const types = text.subTypes.map(({ name, doc, text: type }) => ({
    name: names.get(name) ?? name,
    doc,
    text: resolve(type),
  }));
  const subTypes = types.map(
    ({ name, doc, text: type }) => `${jsDoc(doc, '')}export type ${name} = ${type};\n`,
  );
  return { type: resolve(text.type), subTypes: subTypes.join(''), types };
}

/** Without comments; where still long, without what is nested, and at last cut. */
function oneLine(type: string): string {
  const lines = type.split('\n').filter((line) => !/^\s*(\/\*\*| \*)/.test(line));
  const flat = join(lines);
  if (flat.length <= signatureCharactersMax) return flat;
  const shallow = join(lines.filter((line) => !line.startsWith('    '))).replaceAll('{ }', '{ … }');
  return shallow.length <= signatureCharactersMax ? shallow : `${shallow.slice(0, signatureCharactersMax)}…`;
}

function join(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .join(' ')
    .replace(/; (?=\})/g, ' ');
}
