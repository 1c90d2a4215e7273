/**
 * TypeScript of an agent -> JavaScript for the sandbox. esbuild is part of the boundary: it runs in the
 * orchestrator, so nothing that a script imports may reach the disk. Every import but the API is refused.
 */

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { build, type Message, type Plugin, transform } from 'esbuild';
import { OrchestratorError } from '../errors.ts';
import { type Position, positionAt } from './code-frame.ts';
import { leadingImports, looksLikeModule, mentionedNames } from './script-source.ts';

export interface CompiledScript {
  /** The body of an async function that resolves to the script's value. */
  readonly code: string;
  /** Where a place of `code` stands in the author's source; undefined for our own wrapper. */
  authorPosition(compiled: Position): Position | undefined;
}

/** A script that cannot be compiled; `position` is the author's. */
export class ScriptCompileError extends OrchestratorError {
  readonly position: Position | undefined;

  constructor(
    code: 'script_syntax' | 'script_import',
    message: string,
    hint: string | undefined,
    position: Position | undefined,
  ) {
    super(code, message, { hint });
    this.position = position;
  }
}

const sourceName = 'script.ts';
const apiNamespace = 'unified-api';
const importHint =
  'Import only from "unified_api" (its names are globals too). Files, network and packages are reached through tools.';

/** esbuild's settings that make the output plain, debuggable ES modules. */
const common = {
  format: 'esm',
  target: 'es2024',
  charset: 'utf8',
  sourcemap: 'external',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'silent',
  // `import()` becomes `require()`, which the guest answers with a sentence that helps.
  supported: { 'dynamic-import': false },
  tsconfigRaw: { compilerOptions: { target: 'es2024' } },
} as const;

/**
 * Compiles a script: statements with top-level `await` and `return`, or a module with `export default`.
 *
 * @param source the author's TypeScript
 * @param apiNames every name that `unified_api` exports
 * @throws ScriptCompileError for syntax that esbuild refuses and for any import but the API
 */
export async function compileScript(source: string, apiNames: ReadonlySet<string>): Promise<CompiledScript> {
  const imports = leadingImports(source);
  const used = new Set([...mentionedNames(source)].filter((name) => apiNames.has(name)));
  const names = /\*\s*as\b/.test(source) ? apiNames : used;
  if (!looksLikeModule(source, imports.end)) return compileBody(source, imports.end, names);
  try {
    return await bundleModule({ source, contents: source, names });
  } catch (error) {
    // A line that only looked like an export (in a template, say) makes no module: try it as statements.
    if (!(error instanceof ScriptCompileError) || error.code !== 'script_syntax') throw error;
    return compileBody(source, imports.end, names).catch(() => Promise.reject(error));
  }
}

/** What is put before and behind the statements; the prefix stays on their first line, so that lines stay as they are. */
const bodyPrefix = 'const __script = async () => {';
const modulePrefix = 'export default await (async () => {';
const bodySuffix = '\n};';
const moduleSuffix = '\n})();';

async function compileBody(
  source: string,
  importsEnd: number,
  names: ReadonlySet<string>,
): Promise<CompiledScript> {
  if (importsEnd > 0) {
    const contents = `${source.slice(0, importsEnd)}${modulePrefix}${source.slice(importsEnd)}${moduleSuffix}`;
    const inserted = { ...positionAt(source, importsEnd), characters: modulePrefix.length };
    return bundleModule({ source, contents, names, inserted });
  }
  const inserted = { line: 1, column: 1, characters: bodyPrefix.length };
  const contents = `${bodyPrefix}${source.replace(/^#!/, '//')}${bodySuffix}`;
  const output = await transform(contents, { ...common, loader: 'ts', sourcefile: sourceName }).catch(
    (failure: unknown) => {
      throw compileError(failure, source, inserted);
    },
  );
  return { code: `${output.code}return __script();`, authorPosition: positionMapper(output.map, inserted) };
}

interface ModuleToBundle {
  readonly source: string;
  readonly contents: string;
  readonly names: ReadonlySet<string>;
  readonly inserted?: Insertion;
}

/** Where the wrapper was put into the author's text, and how long it is. */
interface Insertion extends Position {
  readonly characters: number;
}

async function bundleModule({ source, contents, names, inserted }: ModuleToBundle): Promise<CompiledScript> {
  const output = await build({
    ...common,
    stdin: { contents, loader: 'ts', sourcefile: sourceName },
    bundle: true,
    write: false,
    outfile: 'script.js',
    platform: 'neutral',
    treeShaking: false,
    plugins: [onlyTheApi(names)],
  }).catch((failure: unknown) => {
    throw compileError(failure, source, inserted);
  });
  const text = output.outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? '';
  const map = output.outputFiles.find((file) => file.path.endsWith('.map'))?.text ?? '';
  return { code: exportToReturn(text, source), authorPosition: positionMapper(map, inserted) };
}

/** esbuild ends a bundle with one `export { a, b as default };`: the default becomes what the script returns. */
function exportToReturn(text: string, source: string): string {
  const end = /export\s*\{([^{}]*)\};\s*$/.exec(text);
  if (!end)
    throw new ScriptCompileError(
      'script_syntax',
      'The script exports nothing',
      undefined,
      positionAt(source, 0),
    );
  const value = /([\p{ID_Continue}$]+)\s+as\s+default\b/u.exec(end[1] ?? '')?.[1];
  return text.slice(0, end.index) + (value === undefined ? '' : `return ${value};`);
}

/** The allow-list: the API under its names, and nothing else, however the specifier is spelt. */
function onlyTheApi(names: ReadonlySet<string>): Plugin {
  return {
    name: 'only-the-api',
    setup(hooks) {
      hooks.onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if (kind === 'entry-point') return undefined;
        if (kind === 'import-statement' && isApiSpecifier(path))
          return { path: apiNamespace, namespace: apiNamespace };
        return { errors: [{ text: `Cannot import ${JSON.stringify(path)}`, detail: 'script_import' }] };
      });
      hooks.onLoad({ filter: /.*/, namespace: apiNamespace }, () => ({
        contents: apiModule(names),
        loader: 'js',
      }));
    },
  };
}

/** `unified_api`, or a relative path to the generated file, so that the same script runs by plain node. */
function isApiSpecifier(specifier: string): boolean {
  return /^(?:unified_api|\.{1,2}\/(?:[\w.-]+\/)*unified_api)(?:\.[jt]s)?$/.test(specifier);
}

/** In the sandbox every name of the API is a global: the module only hands them on. */
function apiModule(names: ReadonlySet<string>): string {
  const list = [...names];
  return `const {${list.join(',')}} = globalThis; export {${list.join(',')}};`;
}

function compileError(failure: unknown, source: string, inserted: Insertion | undefined): unknown {
  const message = (failure as { errors?: Message[] } | undefined)?.errors?.[0];
  if (!message) return failure;
  const { location, text } = message;
  const lines = source.split('\n');
  const place = location
    ? beforeInsertion({ line: location.line, column: location.column + 1 }, inserted)
    : undefined;
  // What stands behind the author's text is our wrapper: the fault shows at the text's end.
  const position = place
    ? place.line > lines.length
      ? { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
      : place
    : undefined;
  if (message.detail === 'script_import')
    return new ScriptCompileError('script_import', `${text}.`, importHint, position);
  return new ScriptCompileError('script_syntax', text, syntaxHint(text, place !== position), position);
}

function syntaxHint(text: string, atEnd: boolean): string | undefined {
  if (text.includes('Top-level return')) return 'Use either `return` or `export`, not both.';
  if (atEnd) return 'Something opened in the script is not closed: look for a missing `}`, `)` or quote.';
  if (/Unexpected "(?:import|export)"|Expected "\(" but found/.test(text))
    return 'Imports belong at the top of the script.';
  return undefined;
}

/** From a place in the wrapped text to the same place in the author's. */
function beforeInsertion(place: Position, inserted: Insertion | undefined): Position {
  if (!inserted || place.line !== inserted.line || place.column < inserted.column + inserted.characters)
    return place;
  return { line: place.line, column: place.column - inserted.characters };
}

function positionMapper(map: string, inserted: Insertion | undefined): CompiledScript['authorPosition'] {
  // Read on the first error only: most scripts never need it.
  let trace: TraceMap | undefined;
  return ({ line, column }) => {
    trace ??= new TraceMap(map);
    const place = originalPositionFor(trace, { line, column: column - 1 });
    if (place.line === null || !place.source?.endsWith(sourceName)) return undefined;
    return beforeInsertion({ line: place.line, column: place.column + 1 }, inserted);
  };
}
