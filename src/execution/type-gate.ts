/** The type check of a script before anything of it runs: what is checked, against what, and what comes of it. */

import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import type { ApiDescription } from '../checking/api-description.ts';
import type { Finding } from '../checking/findings.ts';
import type { LiftableLiteral } from '../checking/liftable-literals.ts';
import { policyModule } from '../checking/policy-modules.ts';
import type { CheckReport, ScriptChecker, TimeLimit, Unchecked } from '../checking/script-checker.ts';
import type { Limits } from '../limits.ts';
import { givenPrefix } from './bundle-policy.ts';
import { codeFrame, positionAt } from './code-frame.ts';
import { KnownAnswers } from './known-answers.ts';
import type { RunError, TypeDiagnostic } from './run-result.ts';
import { leadingImports, looksLikeModule, mentionedNames } from './script-source.ts';

export interface TypeGateOptions {
  readonly catalog: Catalog;
  readonly checker: ScriptChecker;
  /** The catalogue as it is now; the types of `needed` come first. Never rejects. */
  readonly describeApi: (needed: readonly Tool[], msMax: number) => Promise<ApiDescription>;
  /** Types of tools that nobody has asked for yet are about to be wanted. */
  readonly beginTypes: () => void;
  readonly limits: Limits;
}

export interface TypeVerdict {
  readonly diagnostics: readonly TypeDiagnostic[];
  /** Those that are not listed included. */
  readonly total: number;
  /** Why the script was not checked. */
  readonly unchecked?: string;
  /** `server.tool`; `server.*` and `*` where the script chooses as it runs. */
  readonly tools?: readonly string[];
  /** Started and not awaited, as far as the text shows. */
  readonly floating?: readonly { readonly callee: string; readonly isTool: boolean; readonly line: number }[];
}

export class TypeGate {
  readonly #options: TypeGateOptions;
  readonly #known = new KnownAnswers();

  constructor(options: TypeGateOptions) {
    this.#options = options;
  }

  /** For a script that is about to be checked: what takes a while to start does so while its servers are connected to. */
  begin(code: string): void {
    const { catalog, checker, beginTypes } = this.#options;
    void checker.begin();
    const isNew = ({ tools, status }: CatalogServer) => tools.length === 0 && status !== 'ready';
    if (mentionedServers(code, catalog.servers()).some(isNew)) beginTypes();
  }

  /**
   * Never rejects.
   *
   * @param listTools also say which tools the script can call
   * @param isPolicy the function that it exports takes the policy's input
   */
  async check(
    code: string,
    { listTools = false, isPolicy = false }: { listTools?: boolean; isPolicy?: boolean } = {},
  ): Promise<TypeVerdict> {
    const { catalog } = this.#options;
    const text = code.replace(directives, '@ts_');
    const forms = isPolicy ? [policyForm(text)] : formsOf(text);
    const mentioned = mentionedServers(code, catalog.servers());
    const how = { listTools, limit: isPolicy ? 'policyCheckMsMax' : 'checkMsMax' } as const;
    const first = await this.#checkOnce(forms, mentioned, how);
    const isClean = 'unchecked' in first.answer || first.answer.findings.length === 0;
    if (isClean) return verdict(code, forms, first.answer);
    // Before a script is refused for what the cache knows, the servers are asked.
    await catalog.refreshStale(mentioned.map(({ name }) => name));
    if (catalog.servers() === first.servers) return verdict(code, forms, first.answer);
    const now = mentionedServers(code, catalog.servers());
    return verdict(code, forms, (await this.#checkOnce(forms, now, how)).answer);
  }

  /** What a script has written into it, by offsets in its own text. @throws Error where it cannot be read */
  async literals(code: string): Promise<LiftableLiteral[]> {
    const { catalog, checker, describeApi, limits } = this.#options;
    const forms = formsOf(code);
    const needed = mentionedServers(code, catalog.servers()).flatMap(({ tools }) => tools);
    const api = await describeApi(needed, limits.policyCheckMsMax);
    // Statements stand in a function; a module is as it is.
    const sources = forms.map(({ text, insertions }) => ({ text, depth: insertions.length > 0 ? 1 : 0 }));
    const answer = await checker.literals(sources, api);
    if ('unchecked' in answer) throw new Error(answer.unchecked);
    const insertions = forms[answer.source]?.insertions ?? [];
    return answer.literals.map((literal) => ({
      ...literal,
      start: authorOffset(literal.start, insertions),
      end: authorOffset(literal.end, insertions),
    }));
  }

  async #checkOnce(
    forms: readonly Form[],
    mentioned: readonly CatalogServer[],
    { listTools, limit }: { listTools: boolean; limit: TimeLimit },
  ): Promise<{ answer: CheckReport | Unchecked; servers: readonly CatalogServer[] }> {
    const { catalog, checker, describeApi, limits } = this.#options;
    const servers = catalog.servers();
    const needed = mentioned.flatMap(({ tools }) => tools);
    const api = await describeApi(needed, limits[limit]);
    const sources = forms.map(({ text }) => text);
    const answer = await this.#known.answer(api, `${listTools}\n${sources.join('\0')}`, () =>
      checker.check({ sources, api, listTools, limit }),
    );
    return { answer, servers };
  }
}

/** Servers that a script speaks of by name, strings and comments included. */
export function mentionedServers(code: string, servers: readonly CatalogServer[]): CatalogServer[] {
  const words = [...mentionedNames(code)];
  return servers.filter(({ identifier }) =>
    words.some((word) => word === identifier || word.startsWith(`${identifier}__`)),
  );
}

/** The error of a script that was refused: the first diagnostic, with all of them. */
export function typeError(code: string, { diagnostics, total }: TypeVerdict): RunError {
  const [first] = diagnostics;
  if (!first) throw new Error('a type error needs a diagnostic');
  const { line, column, message, hint } = first;
  return {
    kind: 'script_type',
    name: first.code,
    message,
    line,
    column,
    frame: codeFrame(code, first),
    ...(hint !== undefined && { hint }),
    diagnostics: [...diagnostics],
    ...(total > diagnostics.length && { diagnostics_total: total }),
  };
}

/** A script as it is checked, and what was put into it, in the order of the text. */
interface Form {
  readonly text: string;
  readonly insertions: readonly Insertion[];
}

interface Insertion {
  /** Offset in the author's text. */
  readonly at: number;
  /** By how many characters the text has grown there. */
  readonly characters: number;
}

const suffix = '\n})();';

/** Comments that switch TypeScript off have no effect: whether a script is checked is for its caller and the configuration to say. */
const directives = /@ts-(?=(?:nocheck|ignore|expect-error)\b)/g;
const directivesHint = '`@ts-ignore` and its like have no effect here.';

/**
 * As it is compiled: statements stand in an async function, so that `return` and `await` are theirs. A script that
 * looks like a module is one, unless it makes no sense so: the line that looked like an export may stand in a template.
 */
function formsOf(code: string): Form[] {
  const { end } = leadingImports(code);
  const prefix = end > 0 ? ';(async () => {' : '(async () => {';
  const source = code.replace(/^#!/, '//');
  const statements = {
    text: `${source.slice(0, end)}${prefix}${source.slice(end)}${suffix}`,
    insertions: [{ at: end, characters: prefix.length }],
  };
  if (!looksLikeModule(code, end)) return [statements];
  return [{ text: source, insertions: [] }, statements];
}

const policyFunction = `const $run: (input: import("${policyModule}").PolicyInput<typeof policy>) => import("${policyModule}").PolicyResult<typeof policy> = `;

/** The function gets its types from the declaration: as a variable of that type, it needs no annotation of its own. */
function policyForm(code: string): Form {
  const prefix = givenPrefix(code);
  const start = { at: 0, characters: prefix.length };
  const exported = /^export[ \t]+default[ \t]+/m.exec(code);
  if (!exported) return { text: prefix + code, insertions: [start] };
  const [keywords] = exported;
  const behind = exported.index + keywords.length;
  return {
    text: `${prefix}${code.slice(0, exported.index)}${policyFunction}${code.slice(behind)}`,
    insertions: [start, { at: behind, characters: policyFunction.length - keywords.length }],
  };
}

function verdict(code: string, forms: readonly Form[], answer: CheckReport | Unchecked): TypeVerdict {
  if ('unchecked' in answer) return { diagnostics: [], total: 0, unchecked: answer.unchecked };
  const { findings, total, tools, floating = [] } = answer;
  const form = forms[answer.source];
  const diagnostics = findings.map((finding) => diagnosticOf(code, form, finding));
  const [first] = diagnostics;
  if (first && code.search(directives) >= 0)
    first.hint = first.hint === undefined ? directivesHint : `${first.hint} ${directivesHint}`;
  return {
    diagnostics,
    total,
    ...(floating.length > 0 && {
      floating: floating.map(({ start, ...call }) => ({
        ...call,
        line: positionAt(code, authorOffset(start, form?.insertions ?? [])).line,
      })),
    }),
    ...(tools && {
      tools: [...tools.tools, ...tools.anyOf.map((name) => (name === '*' ? '*' : `${name}.*`))],
    }),
  };
}

function diagnosticOf(code: string, form: Form | undefined, finding: Finding): TypeDiagnostic {
  const { start, message, hint } = finding;
  const own = authorOffset(start, form?.insertions ?? []);
  // What stands behind the author's text is our wrapper: the fault shows at the text's end.
  const position = positionAt(code, Math.min(own, code.length));
  return {
    code: finding.code,
    ...position,
    message,
    frame: codeFrame(code, position, { before: 0, after: 0 }),
    ...(hint !== undefined && { hint }),
  };
}

function authorOffset(offset: number, insertions: readonly Insertion[]): number {
  let grown = 0;
  for (const { at, characters } of insertions) {
    if (offset - grown < at) break;
    // Inside of what was put in: the place behind it.
    if (offset - grown - characters < at) return at;
    grown += characters;
  }
  return offset - grown;
}
