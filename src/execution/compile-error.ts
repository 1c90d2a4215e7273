/** What the compiler refuses -> an error at the author's place, with what to do. */
import { importHint } from '../checking/guest-library.ts';
import { OrchestratorError } from '../errors.ts';
import { linesOf, type Position, positionAt } from './code-frame.ts';
import { syntaxHint } from './syntax-hints.ts';

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

/** The part of esbuild's messages that is looked at. */
interface Message {
  readonly text: string;
  readonly detail: unknown;
  readonly location: { readonly line: number; readonly column: number; readonly lineText: string } | null;
}

/** What esbuild threw, as its author can act on it; anything else as it is. */
export function compileError(
  failure: unknown,
  source: string,
  toAuthor: (compiled: Position) => Position | undefined,
): unknown {
  const message = (failure as { errors?: Message[] } | undefined)?.errors?.[0];
  if (!message) return failure;
  const { location, text } = message;
  const place = location && toAuthor({ line: location.line, column: columnOf(location) });
  // What stands behind the author's text is our wrapper: the fault shows at the text's end.
  const isBehind = place ? place.line > linesOf(source).length : false;
  const position = isBehind ? positionAt(source, source.length) : (place ?? undefined);
  if (message.detail === 'script_import') {
    return new ScriptCompileError('script_import', `${text}.`, importHint, position);
  }
  const hint = syntaxHint({ text, source, position, atEnd: isBehind });
  return new ScriptCompileError(
    'script_syntax',
    isBehind ? 'Unexpected end of the script' : text,
    hint,
    position,
  );
}

/** esbuild counts bytes of UTF-8; editors and frames count UTF-16 units. */
function columnOf({ lineText, column }: { lineText: string; column: number }): number {
  return Buffer.from(lineText).subarray(0, column).toString().length + 1;
}
