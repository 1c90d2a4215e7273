/**
 * TypeScript of an agent -> JavaScript for the sandbox. esbuild is part of the boundary: it runs in the
 * orchestrator, so nothing that a script imports may reach the disk. Every import but the API is refused.
 */

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { linesOf, type Position, positionAt } from './code-frame.ts';
import { compileError, ScriptCompileError } from './compile-error.ts';
import { build, type CompileBounds, inCompileService, type Plugin, transform } from './compile-service.ts';
import { isPlainScript } from './plain-script.ts';
import { isApiSpecifier, leadingImports, looksLikeModule, mentionedNames } from './script-source.ts';

export interface CompiledScript {
  /** The body of an async function that resolves to the script's value. */
  readonly code: string;
  /** Where a place of `code` stands in the author's source; undefined for our own wrapper. */
  authorPosition(compiled: Position): Position | undefined;
}

const sourceName = 'script.ts';
const apiNamespace = 'unified-api';
/** By which an entry of ours imports the author's module. */
export const authoredSpecifier = 'script';
const entryName = 'entry';
const oursNamespace = 'ours';

/** esbuild's settings that make the output plain, debuggable ES modules. */
const common = {
  format: 'esm',
  target: 'es2024',
  charset: 'utf8',
  sourcemap: 'external',
  sourcesContent: false,
  legalComments: 'none',
  // Indentation grows with the square of the nesting: 25 kB of nested blocks would become 50 MB.
  minifyWhitespace: true,
  logLevel: 'silent',
  // `import()` becomes `require()`, which the guest answers with a sentence that helps. Attributes are left for the import to be refused.
  supported: { 'dynamic-import': false, 'import-attributes': true },
  tsconfigRaw: { compilerOptions: { target: 'es2024' } },
  loader: 'ts',
  sourcefile: sourceName,
} as const;

/**
 * Compiles a script: statements with top-level `await` and `return`, or a module with `export default`.
 *
 * @param source the author's TypeScript
 * @param apiNames every name that `unified_api` exports
 * @throws ScriptCompileError for syntax that esbuild refuses and for any import but the API
 */
export function compileScript(
  source: string,
  apiNames: ReadonlySet<string>,
  bounds: CompileBounds,
): Promise<CompiledScript> {
  if (isPlainScript(source)) return Promise.resolve(asItStands(source));
  return inCompileService(() => compile(source, apiNames), bounds);
}

function asItStands(source: string): CompiledScript {
  const lines = linesOf(source).length;
  return { code: source, authorPosition: (place) => (place.line <= lines ? place : undefined) };
}

async function compile(source: string, apiNames: ReadonlySet<string>): Promise<CompiledScript> {
  const imports = leadingImports(source);
  const used = new Set([...mentionedNames(source)].filter((name) => apiNames.has(name)));
  const names = /\*\s*as\b/.test(source) ? apiNames : used;
  if (!looksLikeModule(source, imports.end)) return compileBody(source, imports.end, names);
  try {
    return await bundleModule({ source, contents: source + moduleMark, names });
  } catch (error) {
    // A line that only looked like an export (in a template, say) makes no module: try it as statements.
    if (!(error instanceof ScriptCompileError) || error.code !== 'script_syntax') throw error;
    return compileBody(source, imports.end, names).catch(() => Promise.reject(error));
  }
}

/** What is put before and behind the statements; the prefix stays on their first line, so that lines stay as they are. */
const bodyPrefix = 'const __script = async () => {';
const modulePrefix = ';export default await (async () => {';
// The export makes it an ES module: else esbuild would wrap a script that says `this` or `module` as CommonJS.
const bodySuffix = '\n};export{__script}';
const bodyExport = 'export{__script};';
const moduleSuffix = '\n})();';
/** So that what is no module is refused as one, rather than wrapped as CommonJS. */
export const moduleMark = '\nexport {};';

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
  const { code, toAuthor } = await toJavaScript({ source, contents, names, inserted });
  const end = code.lastIndexOf(bodyExport);
  if (end < 0)
    throw new ScriptCompileError('script_syntax', 'The script cannot be compiled.', undefined, undefined);
  return { code: `${code.slice(0, end)}return await __script();`, authorPosition: toAuthor };
}

/** The last such comment counts: esbuild would read the file that one of the author's names, and move our positions by it. */
const noSourceMap = '\n//# sourceMappingURL=data:application/json,{}';

/** A file by itself, for which esbuild has no need of the disk. */
async function toJavaScript({ source, contents, inserted }: ModuleToBundle): Promise<{
  readonly code: string;
  readonly toAuthor: CompiledScript['authorPosition'];
}> {
  const { code, map } = await transform(contents + noSourceMap, common).catch((failure: unknown) => {
    throw compileError(failure, source, (place) => beforeInsertion(place, inserted));
  });
  const original = positionMapper(map);
  const toAuthor = (place: Position) => {
    const found = original(place);
    return found && beforeInsertion(found, inserted);
  };
  return { code, toAuthor };
}

export interface ModuleToBundle {
  readonly source: string;
  readonly contents: string;
  readonly names: ReadonlySet<string>;
  readonly inserted?: Insertion;
  /** A module of ours that the bundle starts from, and that imports the author's as `authoredSpecifier`. */
  readonly entry?: string;
  /** What can be imported beside the API, by specifier: JavaScript of ours. */
  readonly modules?: ReadonlyMap<string, string>;
}

/** Where the wrapper was put into the author's text, and how long it is. */
export interface Insertion extends Position {
  readonly characters: number;
}

/**
 * The bundler sees only what `toJavaScript` made, without comments and `import()`. And it sees no `require`: of a computed
 * name (`./${name}.json`) it would take in every file that fits, without asking a plugin.
 */
export async function bundleModule(module: ModuleToBundle): Promise<CompiledScript> {
  const { source, names, entry, modules = new Map() } = module;
  const { code, toAuthor } = await toJavaScript(module);
  const { loader, sourcefile, ...settings } = common;
  const output = await build({
    ...settings,
    stdin: {
      contents: entry ?? code,
      loader: 'js',
      sourcefile: entry === undefined ? sourcefile : entryName,
    },
    define: { require: 'globalThis.require' },
    bundle: true,
    write: false,
    outfile: 'script.js',
    platform: 'neutral',
    treeShaking: false,
    plugins: [onlyTheApi(names, { authored: code, modules })],
  }).catch((failure: unknown) => {
    throw compileError(failure, source, toAuthor);
  });
  const text = output.outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? '';
  const map = output.outputFiles.find((file) => file.path.endsWith('.map'))?.text ?? '';
  const original = positionMapper(map);
  const authorPosition = (place: Position) => {
    const found = original(place);
    return found && toAuthor(found);
  };
  return { code: exportToReturn(text, source), authorPosition };
}

/** esbuild ends a bundle with one `export { a, b as default };`: the default becomes what the script returns. */
function exportToReturn(text: string, source: string): string {
  const end = /export\s*\{([^{}]*)\};\s*$/.exec(text);
  if (!end)
    throw new ScriptCompileError(
      'script_syntax',
      'The script exports nothing.',
      'Use `return`, or `export default`.',
      positionAt(source, 0),
    );
  const value = /([\p{ID_Continue}$]+)\s+as\s+default\b/u.exec(end[1] ?? '')?.[1];
  return text.slice(0, end.index) + (value === undefined ? '' : `return ${value};`);
}

/** The allow-list: the API under its names, and nothing else, however the specifier is spelt. */
function onlyTheApi(
  names: ReadonlySet<string>,
  { authored, modules }: { authored: string; modules: ReadonlyMap<string, string> },
): Plugin {
  return {
    name: 'only-the-api',
    setup(hooks) {
      hooks.onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
        if (kind === 'entry-point') return undefined;
        if (path === authoredSpecifier && importer === entryName)
          return { path: sourceName, namespace: authoredSpecifier };
        if (kind === 'import-statement' && modules.has(path)) return { path, namespace: oursNamespace };
        if (kind === 'import-statement' && isApiSpecifier(path))
          return { path: apiNamespace, namespace: apiNamespace };
        return { errors: [{ text: `Cannot import ${JSON.stringify(path)}`, detail: 'script_import' }] };
      });
      hooks.onLoad({ filter: /.*/, namespace: 'file' }, () => ({
        errors: [{ text: 'A script reads no files', detail: 'script_import' }],
      }));
      hooks.onLoad({ filter: /.*/, namespace: apiNamespace }, () => ({
        contents: apiModule(names),
        loader: 'js',
      }));
      hooks.onLoad({ filter: /.*/, namespace: oursNamespace }, ({ path }) => ({
        contents: modules.get(path) ?? '',
        loader: 'js',
      }));
      hooks.onLoad({ filter: /.*/, namespace: authoredSpecifier }, () => ({
        contents: authored,
        loader: 'js',
      }));
    },
  };
}

/** In the sandbox every name of the API is a global: the module only hands them on. */
function apiModule(names: ReadonlySet<string>): string {
  const list = [...names];
  return `const {${list.join(',')}} = globalThis; export {${list.join(',')}};`;
}

/** From a place in the wrapped text to the same place in the author's. */
function beforeInsertion(place: Position, inserted: Insertion | undefined): Position {
  if (!inserted || place.line !== inserted.line || place.column < inserted.column + inserted.characters)
    return place;
  return { line: place.line, column: place.column - inserted.characters };
}

function positionMapper(map: string): CompiledScript['authorPosition'] {
  // Read on the first error only: most scripts never need it.
  let trace: TraceMap | undefined;
  return ({ line, column }) => {
    trace ??= new TraceMap(map);
    const place = originalPositionFor(trace, { line, column: column - 1 });
    if (place.line === null || !place.source?.endsWith(sourceName)) return undefined;
    return { line: place.line, column: place.column + 1 };
  };
}
