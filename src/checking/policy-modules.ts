/** What a policy file may import beside the API, and the declarations of it that the type checker is given. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `definePolicy` comes from. */
export const policyModule = 'mcp-tools-orchestrator/policy';
export const schemaModule = 'zod';

/** Whether a policy may import it beside the API. */
export function isPolicyModule(specifier: string): boolean {
  return specifier === policyModule || specifier === schemaModule;
}

/** Virtual folder of the checker's -> the modules by specifier, for its `paths`. */
export function policyModulePaths(folder: string): { readonly [specifier: string]: readonly string[] } {
  return { [policyModule]: [`${folder}/policy.ts`], [schemaModule]: [`${folder}/zod/index.d.ts`] };
}

/** The text of a file of these modules, by its path in that folder; undefined for any other path. */
export function readPolicyModule(folder: string, file: string): string | undefined {
  if (!file.startsWith(`${folder}/`)) return undefined;
  const name = file.slice(folder.length + 1);
  if (name === 'policy.ts') return read(definitions());
  const part = /^zod\/((?:[\w-]+\/)*[\w.-]+\.d\.ts)$/.exec(name)?.[1];
  return part === undefined ? undefined : read(path.join(zodFolder(), part));
}

const texts = new Map<string, string | undefined>();

function read(file: string): string | undefined {
  if (!texts.has(file)) texts.set(file, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return texts.get(file);
}

/** As it is published; in this repository, its source. */
function definitions(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'd.ts';
  return fileURLToPath(new URL(`../policies/define.${extension}`, import.meta.url));
}

let zodFound: string | undefined;

function zodFolder(): string {
  zodFound ??= path.dirname(createRequire(import.meta.url).resolve('zod/package.json'));
  return zodFound;
}
