/** `${VAR}` in the texts of a server entry, expanded once: what a variable holds is never looked into. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import path from 'node:path';

export interface ExpansionScope {
  readonly environment: NodeJS.ProcessEnv;
  /** The folder that `${workspaceFolder}` stands for. */
  readonly workspaceFolder: string;
  readonly userHome: string | undefined;
}

export interface Expansion {
  /** Complete only where there is no problem. */
  readonly text: string;
  /** What could not be expanded and the fix. Names variables, never shows what one holds. */
  readonly problems: readonly string[];
  /** What variables and defaults put in: it may be secret. Folders and separators are not among it. */
  readonly secrets: readonly string[];
}

interface Resolved {
  readonly value: string;
  readonly isSecret: boolean;
}

/**
 * Expands `${VAR}`, `${VAR:-default}` (used where VAR is unset or empty, as in a shell), `${env:VAR}`,
 * `${workspaceFolder}`, `${workspaceFolderBasename}`, `${userHome}` and `${pathSeparator}`. `$${` is a literal `${`.
 */
export function expand(text: string, scope: ExpansionScope): Expansion {
  const problems: string[] = [];
  const secrets: string[] = [];
  let expanded = '';
  let position = 0;
  for (;;) {
    const start = text.indexOf('${', position);
    if (start === -1) return { text: expanded + text.slice(position), problems, secrets };
    if (text[start - 1] === '$' && start > position) {
      expanded += `${text.slice(position, start - 1)}\${`;
      position = start + 2;
      continue;
    }
    expanded += text.slice(position, start);
    const end = closingBrace(text, start + 2);
    if (end === -1) {
      problems.push(`\${ is not closed. Add the }, ${orEscape}`);
      return { text: expanded, problems, secrets };
    }
    const resolved = resolve(text.slice(start + 2, end), scope);
    if ('problem' in resolved) problems.push(resolved.problem);
    else {
      expanded += resolved.value;
      if (resolved.isSecret && resolved.value !== '') secrets.push(resolved.value);
    }
    position = end + 1;
  }
}

const orEscape = 'or write $${ where ${ is meant as it stands.';

// Braces may nest, so that a default can be JSON.
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    else if (text[index] === '}') depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}

function resolve(body: string, scope: ExpansionScope): Resolved | { problem: string } {
  const match = /^(?:env:([^{}:]+)|([A-Za-z_]\w*))(?::-(.*))?$/s.exec(body);
  if (match === null) return { problem: unknownForm(body) };
  const [, prefixed, bare, fallback] = match;
  const name = prefixed ?? bare ?? '';
  if (fallback?.includes('${')) {
    return {
      problem: `the default of \${${name}:-...} holds another \${...}, and these do not nest. Write a plain default.`,
    };
  }
  const known = bare === undefined ? undefined : builtIn(name, scope);
  const value = known ?? variable(name, scope);
  if (value !== undefined && (value !== '' || fallback === undefined))
    return { value, isSecret: known === undefined };
  if (fallback !== undefined) return { value: fallback, isSecret: true };
  if (name === 'userHome')
    return { problem: '${userHome} is not known on this system. Write the path itself.' };
  return {
    problem:
      `the environment variable ${name} is not set. Set it where this program is started ` +
      `(an MCP client has an "env" for that), or give a default: \${${name}:-...}.`,
  };
}

function builtIn(name: string, scope: ExpansionScope): string | undefined {
  if (name === 'workspaceFolder') return scope.workspaceFolder;
  if (name === 'workspaceFolderBasename') return path.basename(scope.workspaceFolder);
  if (name === 'userHome') return scope.userHome;
  return name === 'pathSeparator' ? path.sep : undefined;
}

function variable(name: string, scope: ExpansionScope): string | undefined {
  return Object.hasOwn(scope.environment, name) ? scope.environment[name] : undefined;
}

// A body that is no plain word is not shown: it may be part of a password that happens to hold `${`.
function unknownForm(body: string): string {
  const kind = /^(input|command|config):([\w.-]+)$/.exec(body);
  if (kind !== null) {
    return (
      `\${${body}} is asked for by an editor, and there is none here. ` +
      `Use an environment variable: \${${(kind[2] ?? '').toUpperCase().replace(/\W/g, '_')}}.`
    );
  }
  return `a \${...} here is of no known form. Write \${VAR}, \${VAR:-default} or \${env:VAR}, ${orEscape}`;
}
