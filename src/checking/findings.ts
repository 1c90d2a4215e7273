/** What TypeScript says of a script -> what an agent needs to mend it: which errors count, short words, and help. */
import { shapeWithin } from '../catalog/arguments-hint.ts';
import { unknownNameHint, unknownTool } from '../catalog/lookup-errors.ts';
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import type { ApiDescription } from './api-description.ts';
import { argumentWords, isWidenedWord, pathText, type Words } from './argument-words.ts';
import { absentGlobals, importHint } from './guest-library.ts';
import { syntaxKinds as kinds, type SyntaxNode, type SyntaxTree } from './syntax-tree.ts';
import { ToolNames } from './tool-names.ts';
import type { RawDiagnostic, TypeProject } from './type-project.ts';

export interface Finding {
  /** TypeScript's, as `TS2339`. */
  readonly code: string;
  /** Offset in the source that was checked. */
  readonly start: number;
  readonly message: string;
  /** What to do, one sentence. */
  readonly hint?: string | undefined;
}

const findingsMax = 10;
const messageCharactersMax = 320;
const typeCharactersMax = 60;
/** The type that lacks a property is worth more: it says which there are. */
const ownerCharactersMax = 220;

/**
 * What `noImplicitAny` reports, and nothing else does. The flag is on for what it infers (`const list = []` takes the
 * type of what is pushed) and off for what it asks for, annotations that nobody owes us: docs/decisions/type-gate.md.
 */
const implicitAnyCodes: ReadonlySet<number> = new Set([
  7005, 7006, 7008, 7009, 7010, 7011, 7012, 7013, 7014, 7015, 7016, 7017, 7018, 7019, 7020, 7022, 7023, 7024,
  7025, 7031, 7032, 7033, 7034, 7041, 7052, 7053, 7055, 7057,
]);
const noPropertyCodes: ReadonlySet<number> = new Set([2339, 2551]);
const noNameCodes: ReadonlySet<number> = new Set([
  2304, 2552, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593, 2867, 2868,
]);
const noModuleCodes: ReadonlySet<number> = new Set([2307, 2732, 2792]);
const argumentCodes: ReadonlySet<number> = new Set([
  2322, 2345, 2353, 2554, 2555, 2559, 2561, 2739, 2740, 2741, 2769, 2820,
]);

const hintsByCode: { readonly [code: number]: string } = {
  ...sameHint([2531, 2532, 2533, 2722, 18047, 18048, 18049], 'Check it first, or use `?.`, `??` or `!`.'),
  ...sameHint([2571, 18046], 'Say what it is: `(value as any)`, or a type of yours.'),
  ...sameHint(
    [2488, 2495, 2548, 2549],
    'It is no list: go through one of its fields, or `Object.entries(value)`.',
  ),
  ...sameHint([2362, 2363], 'Make numbers of both sides first: `Number(x)`, `date.getTime()`.'),
};

const awaitHint =
  'Is an `await` missing? A call gives a promise; for a list of them: `await Promise.all(list)`.';
const callHint = 'Tools are called as `await server.tool({...})`; every server is a global.';

/** The first findings in the order of the text, and how many there are. */
export async function explain(
  project: TypeProject,
  diagnostics: readonly RawDiagnostic[],
  api: ApiDescription,
): Promise<{ findings: Finding[]; total: number }> {
  const reported = withoutRepetition(diagnostics.filter((diagnostic) => counts(diagnostic, api)));
  const counted = await withoutWidenedWords(project, reported, api);
  const shown = counted.slice(0, findingsMax);
  const calls = shown.some(({ code }) => argumentCodes.has(code))
    ? await new ToolCalls(project, api, await project.tree()).around(shown)
    : [];
  const signatures = new Set<string>();
  const findings: Finding[] = shown.map((diagnostic, index) => {
    const isOfArguments = argumentCodes.has(diagnostic.code);
    const { tool, path = [] } = (isOfArguments && calls[index]) || {};
    const written = project.script.slice(diagnostic.pos, diagnostic.end);
    const words = isOfArguments ? argumentWords(diagnostic, { written, tool, path }) : undefined;
    const { message, hint } = words ?? describe(diagnostic, api, project.script);
    const signature = tool && api.callOf(tool);
    const takes = signature && !signatures.has(signature) ? `It takes: ${signature}` : undefined;
    // A signature has no room for what is deep inside.
    const inner = signature?.includes('…') ? innerShape(tool, path, words) : undefined;
    const help = [hint, inner, takes].filter(Boolean).join(' ') || undefined;
    if (signature) signatures.add(signature);
    return {
      code: `TS${diagnostic.code}`,
      start: diagnostic.pos,
      message,
      ...(help !== undefined && { hint: help }),
    };
  });
  const augmentations = await findAugmentations(project);
  const all = [...findings, ...augmentations].sort((a, b) => a.start - b.start).slice(0, findingsMax);
  return { findings: all, total: counted.length + augmentations.length };
}

/** The object that lacks a property is the one named; any other fault is the object's around it. */
function innerShape(
  tool: Tool | undefined,
  path: readonly string[],
  words: Words | undefined,
): string | undefined {
  const around = words?.isMissing ? path : path.slice(0, -1);
  if (!tool || around.length === 0) return undefined;
  const shape = shapeWithin(tool.definition, around);
  return shape && `${pathText(around)} takes ${shape}.`;
}

/** `declare module "unified_api"` and `declare global` would give the API what it does not have: in types, and there only. */
async function findAugmentations(project: TypeProject): Promise<Finding[]> {
  if (!/\bdeclare\s+(?:module|global)\b/.test(project.script)) return [];
  const tree = await project.tree();
  return tree.ofKind(kinds.ModuleDeclaration).flatMap((node) => {
    const [, what] = /^declare\s+(module\s*["']|global\b)/.exec(tree.textOf(node)) ?? [];
    if (what === undefined) return [];
    const code = what === 'global' ? 'TS2669' : 'TS2671';
    const message = 'Neither the API nor the sandbox can be added to by declarations.';
    return [{ code, start: node.start, message, hint: 'Leave them out, and use what there is.' }];
  });
}

/** Only in calls of tools, which check it once more as they are made. */
async function withoutWidenedWords(
  project: TypeProject,
  diagnostics: readonly RawDiagnostic[],
  api: ApiDescription,
): Promise<readonly RawDiagnostic[]> {
  const widened = diagnostics.filter(isWidenedWord);
  if (widened.length === 0) return diagnostics;
  const tools = await new ToolCalls(project, api, await project.tree()).around(widened);
  const passed = new Set(widened.filter((_, index) => tools[index]?.tool !== undefined));
  return diagnostics.filter((diagnostic) => !passed.has(diagnostic));
}

/** Of the implicit `any`s, only the one that would hide a misspelt tool: `server["misspelt"]`. */
function counts(diagnostic: RawDiagnostic, api: ApiDescription): boolean {
  if (!implicitAnyCodes.has(diagnostic.code)) return true;
  const [reason] = diagnostic.messageChain ?? [];
  return diagnostic.code === 7053 && reason !== undefined && missingTool(reason, api) !== undefined;
}

function withoutRepetition(diagnostics: readonly RawDiagnostic[]): RawDiagnostic[] {
  const seen = new Set<string>();
  return diagnostics
    .toSorted((a, b) => a.pos - b.pos)
    .filter(({ pos, code }) => !seen.has(`${pos} ${code}`) && seen.add(`${pos} ${code}`));
}

function describe(
  diagnostic: RawDiagnostic,
  api: ApiDescription,
  script: string,
): { message: string; hint?: string | undefined } {
  const { code, text, relatedInformation } = diagnostic;
  const missing = missingTool(code === 7053 ? (diagnostic.messageChain?.[0] ?? diagnostic) : diagnostic, api);
  if (missing) {
    const { message, hint } = unknownTool(missing.server, missing.tool);
    return { message, hint };
  }
  const message = shortened(diagnostic);
  const module = missingModule(diagnostic);
  if (module !== undefined) return { message: `Cannot import "${module}".`, hint: importHint };
  if (noNameCodes.has(code))
    return describeUnknownName(text, message, { api, following: script.slice(diagnostic.end) });
  if (/does not exist on type 'Promise</.test(text) || relatedInformation?.some((one) => one.code === 2773))
    return { message, hint: awaitHint };
  if (/does not exist on type '\{[^']*\}'/.test(text) && /type '\{\}'/.test(text))
    return { message, hint: 'Give it a type where it is declared: `const x: Record<string, any> = {}`.' };
  return { message, hint: hintsByCode[code] };
}

function missingTool(
  { code, text }: RawDiagnostic,
  api: ApiDescription,
): { server: CatalogServer; tool: string } | undefined {
  if (!noPropertyCodes.has(code)) return undefined;
  const [, tool, type] = /^Property '(.*)' does not exist on type '(\w+)'/s.exec(text) ?? [];
  const server = api.interfaces.get(type ?? '');
  return server && tool !== undefined ? { server, tool } : undefined;
}

/** Of Node's modules it is said that their names cannot be found; then the place is a literal, with its quotes. */
function missingModule({ code, text, pos, end }: RawDiagnostic): string | undefined {
  const [, kind, name = ''] = /^Cannot find (module|name) '([^']*)'/.exec(text) ?? [];
  const isModule = noModuleCodes.has(code) || (kind === 'name' && end - pos === name.length + 2);
  return isModule ? name : undefined;
}

/** @param context.following the script behind the name */
function describeUnknownName(
  text: string,
  message: string,
  { api: { servers }, following }: { api: ApiDescription; following: string },
): { message: string; hint?: string | undefined } {
  const name = /^Cannot find name '([^']*)'/.exec(text)?.[1] ?? '';
  const plain = `Cannot find name '${name}'.`;
  if (Object.hasOwn(absentGlobals, name)) return { message: plain, hint: absentGlobals[name] };
  if (/^\s*=(?![=>])/.test(following))
    return { message: plain, hint: `Declare it: \`const ${name} = ...\`.` };
  if (/Did you mean/.test(message)) return { message };
  const owner = servers.find(({ identifier }) => name.startsWith(`${identifier}__`));
  if (owner?.problem !== undefined && owner.tools.length === 0)
    return { message: plain, hint: `Server "${owner.name}" is not usable: ${owner.problem}` };
  const hint = unknownNameHint(name, servers);
  if (owner || hint.startsWith('Did you mean')) return { message: plain, hint };
  // What is called, or asked for a member, was taken for a way to tools.
  return { message: plain, ...(/^\s*[.([]/.test(following) && { hint: `${callHint} ${hint}` }) };
}

/** The statement and its innermost reason, types cut short, without advice that does not fit here. */
function shortened({ code, text, messageChain }: RawDiagnostic): string {
  const most = noPropertyCodes.has(code) || code === 2488 ? ownerCharactersMax : typeCharactersMax;
  const reasons: string[] = [];
  for (let chain = messageChain; chain?.[0]; chain = chain[0].messageChain) reasons.push(chain[0].text);
  const whole = [text, ...reasons.slice(-2)]
    .join(' ')
    .replace(/ (?:Do you need to|Try changing|Try `npm)[^]*$/, '')
    .replace(/'([^'\n]+)'/g, (quoted, type: string) =>
      type.length > most ? `'${type.slice(0, most)}…'` : quoted,
    )
    .replace(/\s+/g, ' ');
  return whole.length > messageCharactersMax ? `${whole.slice(0, messageCharactersMax)}…` : whole;
}

function sameHint(codes: readonly number[], hint: string): { [code: number]: string } {
  return Object.fromEntries(codes.map((code) => [code, hint]));
}

/** Finds the tool call that a place stands in, and what that tool takes. */
class ToolCalls {
  readonly #project: TypeProject;
  readonly #api: ApiDescription;
  readonly #tree: SyntaxTree;

  constructor(project: TypeProject, api: ApiDescription, tree: SyntaxTree) {
    this.#project = project;
    this.#api = api;
    this.#tree = tree;
  }

  /** The tool for each diagnostic, where it stands in a call of one, and where in the arguments as they are written there. */
  async around(
    diagnostics: readonly RawDiagnostic[],
  ): Promise<{ tool: Tool | undefined; path: readonly string[] }[]> {
    const places = diagnostics.map(({ pos }) => this.#placeOf(pos));
    const symbols = await this.#project.symbolsAt(places.map(({ callee }) => callee ?? 0));
    const names = new ToolNames(this.#project, this.#api);
    return Promise.all(
      symbols.map(async (symbol, index) => {
        const { callee, path = [] } = places[index] ?? {};
        const name = callee === undefined ? undefined : await names.of(symbol);
        return { tool: name?.what === 'tool' ? name.tool : undefined, path };
      }),
    );
  }

  #placeOf(offset: number): { callee?: number | undefined; path: string[] } {
    const tree = this.#tree;
    const path: string[] = [];
    let node = tree.at(offset);
    while (node && node.kind !== kinds.CallExpression) {
      const parent = tree.parent(node);
      if (node.kind === kinds.PropertyAssignment) path.unshift(this.#nameOf(node));
      else if (parent?.kind === kinds.ArrayLiteralExpression) {
        const own = node.index;
        path.unshift(String(tree.children(parent).findIndex(({ index }) => index === own)));
      }
      node = parent;
    }
    return { callee: node && this.#calleeOf(node), path };
  }

  #nameOf(property: SyntaxNode): string {
    const [name] = this.#tree.children(property);
    return name ? this.#tree.textOf(name).replace(/^(["'])(.*)\1$/s, '$2') : '';
  }

  /** The offset of the name that is called, in `name(...)`, `server.name(...)`, `server["name"](...)` and with `.raw`. */
  #calleeOf(call: SyntaxNode): number | undefined {
    const tree = this.#tree;
    let callee: SyntaxNode | undefined = tree.children(call)[0];
    if (callee?.kind === kinds.PropertyAccessExpression && /\.\s*raw$/.test(tree.textOf(callee)))
      callee = tree.children(callee)[0];
    if (!callee) return undefined;
    if (callee.kind === kinds.Identifier) return callee.start;
    const name = tree.children(callee).at(-1);
    if (callee.kind === kinds.PropertyAccessExpression) return name?.start;
    // Into a literal one goes by its first character, not by its quote.
    return callee.kind === kinds.ElementAccessExpression && name ? name.start + 1 : undefined;
  }
}
