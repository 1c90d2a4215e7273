/** Stack traces -> positions in the script. Runs no code of the script. */
import { scriptFile, scriptPrefix } from './bridge.ts';
import {
  apply,
  getOwnPropertyDescriptor,
  readData,
  stackGetter,
  stringCharCodeAt,
  stringIndexOf,
  stringLastIndexOf,
  stringSlice,
  stringStartsWith,
} from './guest-primordials.ts';
import type { ScriptFailure } from './protocol.ts';

type Frame = ScriptFailure['frames'][number];

const framesMax = 20;
const stackCharactersMax = 16_384;
const nameCharactersMax = 200;

/** The script's frames in a stack trace, innermost first, in positions of the script itself. */
export function scriptFrames(stack: string, most = framesMax): Frame[] {
  const frames: Frame[] = [];
  let at = stringIndexOf(stack, '\n    at ');
  while (at >= 0 && frames.length < most) {
    const next = stringIndexOf(stack, '\n    at ', at + 1);
    const frame = readFrame(stringSlice(stack, at + 8, next < 0 ? undefined : next));
    if (frame) frames[frames.length] = frame;
    at = next;
  }
  return frames;
}

/** The stack without its header, which holds the message and with it whatever the script put there. */
export function readStack(error: object): string {
  const property = getOwnPropertyDescriptor(error, 'stack');
  const builtin = property?.get !== undefined && property.get === stackGetter;
  const stack: unknown = builtin ? apply(stackGetter as () => unknown, error, []) : property?.value;
  if (typeof stack !== 'string') return '';
  const message = readData(error, 'message');
  const at = typeof message === 'string' && message !== '' ? stringIndexOf(stack, message) : -1;
  return stringSlice(
    at >= 0 ? stringSlice(stack, at + (message as string).length) : stack,
    0,
    stackCharactersMax,
  );
}

/** `name (script.js:2:32)`, `async name (script.js:2:32)`, `script.js:3:11` */
function readFrame(line: string): Frame | undefined {
  const at = stringLastIndexOf(line, `${scriptFile}:`);
  if (at < 0) return undefined;
  const lineEnd = digitsEnd(line, at + scriptFile.length + 1);
  const columnEnd = digitsEnd(line, lineEnd + 1);
  const lineNumber = Number(stringSlice(line, at + scriptFile.length + 1, lineEnd));
  const column = Number(stringSlice(line, lineEnd + 1, columnEnd));
  if (!(lineNumber > 0 && column > 0)) return undefined;
  const position = { line: lineNumber, column: lineNumber === 1 ? column - scriptPrefix.length : column };
  if (position.column < 1) return undefined;
  const before = stringSlice(line, 0, at);
  const name = stringSlice(before, stringStartsWith(before, 'async ') ? 6 : 0, -2);
  return name === '' ? position : { ...position, function: stringSlice(name, 0, nameCharactersMax) };
}

function digitsEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = stringCharCodeAt(text, at);
    if (code < 48 || code > 57) break;
    at++;
  }
  return at;
}
