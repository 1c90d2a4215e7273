/** What is refused before a script is compiled: sizes, what is no text, names that the API does not have. */

import { unknownNameHint } from '../catalog/lookup-errors.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { importHint } from '../checking/guest-library.ts';
import { isPolicyModule } from '../checking/policy-modules.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { positionAt } from './code-frame.ts';
import { ScriptCompileError } from './compile-error.ts';
import { isApiSpecifier, leadingImports } from './script-source.ts';

/** @throws OrchestratorError `limit_exceeded` or `script_syntax` */
export function checkSource(code: string, { codeBytesMax }: Limits): void {
  const bytes = Buffer.byteLength(code);
  if (bytes > codeBytesMax) {
    throw tooLarge(
      'The script',
      bytes,
      'codeBytesMax',
      codeBytesMax,
      'Give data in `input`, or let tools read it, instead of writing it into the script.',
    );
  }
  if (code.trim() === '') {
    const hint = 'Send TypeScript, such as: return await server.tool({...})';
    throw new ScriptCompileError('script_syntax', 'The script is empty.', hint, undefined);
  }
  if (/^\s*```/.test(code)) {
    const hint = 'Send the code alone, without ``` around it.';
    throw new ScriptCompileError('script_syntax', 'The script stands in a Markdown fence.', hint, {
      line: 1,
      column: 1,
    });
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: binary is what is looked for
  const binary = /[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd]/.exec(code);
  if (!binary) return;
  const shown = `U+${(binary[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0').toUpperCase()}`;
  const message = `The script is not text: it holds the character ${shown}.`;
  throw new ScriptCompileError(
    'script_syntax',
    message,
    'Send TypeScript source as UTF-8.',
    positionAt(code, binary.index),
  );
}

/** The input as JSON text. @throws OrchestratorError `limit_exceeded` */
export function inputText(input: unknown, { inputBytesMax }: Limits): string | undefined {
  const text: string | undefined = JSON.stringify(input);
  if (text === undefined || Buffer.byteLength(text) <= inputBytesMax) return text;
  throw tooLarge(
    'The input',
    Buffer.byteLength(text),
    'inputBytesMax',
    inputBytesMax,
    'Let a tool read what is large.',
  );
}

/** Seconds of wall-clock time. @throws OrchestratorError `limit_exceeded` */
export function wallSeconds(
  timeout: number | undefined,
  { wallSecondsDefault, wallSecondsMax }: Limits,
): number {
  const seconds = timeout ?? Math.min(wallSecondsDefault, wallSecondsMax);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= wallSecondsMax) return seconds;
  const message = `timeout is ${seconds}; it takes seconds, above 0 and at most ${wallSecondsMax} (wallSecondsMax).`;
  throw new OrchestratorError('limit_exceeded', message);
}

/**
 * Every name that `unified_api` exports. A script that imports another one is stopped before anything is done;
 * capitalised names may be types.
 *
 * @throws ScriptCompileError `script_import`
 */
export function apiNamesFor(code: string, servers: readonly CatalogServer[]): ReadonlySet<string> {
  const names = new Set(['ToolError']);
  for (const { identifier, tools } of servers) {
    names.add(identifier);
    for (const { flatName } of tools) names.add(flatName);
  }
  for (const { name, from, offset } of leadingImports(code).names) {
    if (names.has(name) || /^[A-Z]/.test(name) || isPolicyModule(from)) continue;
    const position = positionAt(code, offset);
    if (!isApiSpecifier(from)) {
      // What it is without its escapes is for the compiler to say.
      if (from.includes('\\')) continue;
      throw new ScriptCompileError(
        'script_import',
        `Cannot import ${JSON.stringify(from)}.`,
        importHint,
        position,
      );
    }
    const owner = servers.find(({ identifier }) => name.startsWith(`${identifier}__`));
    const hint =
      owner?.problem === undefined
        ? unknownNameHint(name, servers)
        : `Server "${owner.name}" is not usable: ${owner.problem}`;
    throw new ScriptCompileError('script_import', `"unified_api" has no "${name}".`, hint, position);
  }
  return names;
}

function tooLarge(what: string, bytes: number, limit: string, most: number, hint: string): OrchestratorError {
  return new OrchestratorError('limit_exceeded', `${what} has ${bytes} bytes; at most ${most} (${limit}).`, {
    hint,
  });
}
