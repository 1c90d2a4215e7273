/**
 * A policy file -> JavaScript for the sandbox: either what tells its declaration, or what runs its function. Before it
 * stands sandbox/guest-policy.ts with zod, in lines of its own, which esbuild does not have to read each time.
 */
import { readFileSync } from 'node:fs';
import { isPolicyModule, policyModule, schemaModule } from '../checking/policy-modules.ts';
import { authoredSpecifier, bundleModule, type CompiledScript, moduleMark } from './bundle.ts';
import { type CompileBounds, inCompileService } from './compile-service.ts';
import { findBuilt } from './sandbox-process.ts';
import { leadingImports, mentionedNames } from './script-source.ts';

export interface CompilePolicyOptions extends CompileBounds {
  /** `declare`: the code gives the declaration as JSON; `run`: it gives a function that takes the input. */
  readonly purpose: 'declare' | 'run';
  /** Every name that `unified_api` exports; undefined where the servers are not known, and do not matter. */
  readonly apiNames?: ReadonlySet<string> | undefined;
}

/** The names that a policy file has without importing them. */
const givenNames = ['definePolicy', 'z'];

const entries = {
  declare: `import * as file from "${authoredSpecifier}"; export default policyKit.describe(file);`,
  run: `import * as file from "${authoredSpecifier}"; export default (input) => policyKit.run(file, input);`,
} as const;

const modules = new Map([
  [policyModule, 'export const { definePolicy, z } = policyKit;'],
  // As CommonJS, so that each way to import it works.
  [
    schemaModule,
    'module.exports = { __esModule: true, ...policyKit.z, z: policyKit.z, default: policyKit.z };',
  ],
]);

/** @throws ScriptCompileError for syntax that esbuild refuses, and for imports that a policy does not have */
export async function compilePolicy(source: string, options: CompilePolicyOptions): Promise<CompiledScript> {
  const { purpose, apiNames } = options;
  const imports = leadingImports(source);
  const imported = imports.names.filter(({ from }) => !isPolicyModule(from)).map(({ name }) => name);
  const mentioned = [...mentionedNames(source)].filter((name) => apiNames?.has(name));
  const prefix = givenPrefix(source);
  const bundled = await inCompileService(
    () =>
      bundleModule({
        source,
        contents: prefix + source + moduleMark,
        names: new Set(apiNames ? mentioned : imported),
        inserted: { line: 1, column: 1, characters: prefix.length },
        entry: entries[purpose],
        modules,
      }),
    options,
  );
  const { text, lines } = kit();
  return {
    code: text + bundled.code,
    authorPosition: ({ line, column }) =>
      line > lines ? bundled.authorPosition({ line: line - lines, column }) : undefined,
  };
}

/** Imports what a policy uses without importing it; stands on its first line. */
export function givenPrefix(source: string): string {
  const own = new Set(leadingImports(source).names.map(({ name }) => name));
  const hasOwnSchemas = /^import\s+(?:\*\s*as\s+)?z\b/m.test(source);
  const given = givenNames.filter((name) => !own.has(name) && !(name === 'z' && hasOwnSchemas));
  return given.length > 0 ? `import{${given.join(',')}}from"${policyModule}";` : '';
}

let kitRead: { readonly text: string; readonly lines: number } | undefined;

function kit(): { readonly text: string; readonly lines: number } {
  if (!kitRead) {
    const text = `${readFileSync(findBuilt('guest-policy.js'), 'utf8').trimEnd()}\n`;
    kitRead = { text, lines: text.split('\n').length - 1 };
  }
  return kitRead;
}
