/** Anything that was thrown -> a ScriptFailure of plain strings. Runs no getter of the thrown value. */
import { scriptFile, scriptPrefix } from './bridge.ts';
import { inspect } from './guest-inspect.ts';
import {
  apply,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  jsonStringify,
  readData,
  stackGetter,
  stringCharCodeAt,
  stringIndexOf,
  stringLastIndexOf,
  stringSlice,
  stringStartsWith,
} from './guest-primordials.ts';
import { type FailedCall, toolErrors } from './guest-tool-error.ts';
import type { ScriptFailure } from './protocol.ts';

type Frame = ScriptFailure['frames'][number];

const messageCharactersMax = 8_192;
const nameCharactersMax = 200;
const argumentCharactersMax = 16_384;
const contentCharactersMax = 65_536;
const framesMax = 20;
const causesMax = 10;
const errorPrototype = Error.prototype;

/** @param thrown of any kind: null, a Proxy whose traps throw, an Error with hostile getters */
export function describeThrown(thrown: unknown): ScriptFailure {
  try {
    return describe(thrown);
  } catch {
    return failure('error', 'Error', 'A value that cannot be read was thrown.');
  }
}

export function failure(reason: ScriptFailure['reason'], name: string, message: string): ScriptFailure {
  return { reason, name, message: shorten(message, messageCharactersMax), frames: [] };
}

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

function describe(thrown: unknown): ScriptFailure {
  if (typeof thrown === 'string') return failure('error', 'Error', thrown);
  if (typeof thrown !== 'object' || thrown === null) {
    return failure(
      'error',
      'Error',
      `${stringSlice(inspect(thrown), 0, 200)} was thrown; throw an Error to get its line`,
    );
  }
  const error = isError(thrown);
  const message = readData(thrown, 'message');
  if (!error && typeof message !== 'string') {
    return failure('error', 'Error', `An object was thrown: ${inspect(thrown)}`);
  }
  const stack = error ? readStack(thrown) : '';
  const tool = findToolError(thrown);
  return {
    reason: 'error',
    name: shorten(nameOf(thrown), nameCharactersMax),
    message: shorten(typeof message === 'string' ? message : '', messageCharactersMax),
    frames: scriptFrames(stack),
    ...(tool && { tool }),
  };
}

function isError(value: object): boolean {
  let prototype = getPrototypeOf(value) as object | null;
  for (let depth = 0; prototype !== null && depth < 100; depth++) {
    if (prototype === errorPrototype) return true;
    prototype = getPrototypeOf(prototype) as object | null;
  }
  return false;
}

function nameOf(value: object): string {
  const name = readData(value, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
  // A class that extends Error without setting `name` is still best known by its own.
  const constructor = readData(value, 'constructor');
  const className =
    typeof constructor === 'function' ? getOwnPropertyDescriptor(constructor, 'name')?.value : undefined;
  return typeof className === 'string' && className !== '' && className !== 'Object' ? className : 'Error';
}

/** The stack without its header, which holds the message and with it whatever the script put there. */
function readStack(error: object): string {
  const property = getOwnPropertyDescriptor(error, 'stack');
  const builtin = property?.get !== undefined && property.get === stackGetter;
  const stack: unknown = builtin ? apply(stackGetter as () => unknown, error, []) : property?.value;
  if (typeof stack !== 'string') return '';
  const message = readData(error, 'message');
  const at = typeof message === 'string' && message !== '' ? stringIndexOf(stack, message) : -1;
  return stringSlice(at >= 0 ? stringSlice(stack, at + (message as string).length) : stack, 0, 16_384);
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

/** The ToolError itself, or the first one among its causes and the errors of an AggregateError. */
function findToolError(thrown: object): ScriptFailure['tool'] {
  let current: unknown = thrown;
  for (let depth = 0; depth < causesMax && typeof current === 'object' && current !== null; depth++) {
    const found = toolErrors.failureOf(current);
    if (found) return withinBounds(found);
    const errors = readData(current, 'errors');
    const first: unknown = isArray(errors) ? getOwnPropertyDescriptor(errors, '0')?.value : undefined;
    current = readData(current, 'cause') ?? first;
  }
  return undefined;
}

function withinBounds({ failure: found, args }: FailedCall): ScriptFailure['tool'] {
  const { content, ...rest } = found;
  const contentSmall = content !== undefined && (jsonStringify(content)?.length ?? 0) <= contentCharactersMax;
  const shown =
    args.length <= argumentCharactersMax
      ? args
      : jsonStringify(`${stringSlice(args, 0, 2_048)}... (${args.length} characters)`);
  return {
    ...rest,
    message: shorten(rest.message, messageCharactersMax),
    ...(contentSmall && { content }),
    args: shown,
  };
}

function shorten(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${stringSlice(text, 0, charactersMax)}... (${text.length} characters)`;
}
