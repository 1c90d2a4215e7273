/** Anything that was thrown -> a ScriptFailure of plain strings. Runs no getter of the thrown value. */
import { inspect } from './guest-inspect.ts';
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  jsonStringify,
  readData,
  stringSlice,
} from './guest-primordials.ts';
import { readStack, scriptFrames } from './guest-stack.ts';
import { type FailedCall, toolErrors } from './guest-tool-error.ts';
import type { ScriptFailure } from './protocol.ts';

const messageCharactersMax = 8_192;
const nameCharactersMax = 200;
const argumentCharactersMax = 16_384;
const contentCharactersMax = 65_536;
const causesMax = 10;
const causesShownMax = 3;
const causeCharactersMax = 500;
const errorPrototype = Error.prototype;

/** @param thrown of any kind: null, a Proxy whose traps throw, an Error with hostile getters */
export function describeThrown(thrown: unknown): ScriptFailure {
  try {
    return describe(thrown);
  } catch {
    return failure('error', 'Error', 'A value that cannot be read was thrown.');
  }
}

/**
 * Of a rejection that nothing handles, as the host was told of it.
 *
 * @param name '' where what was thrown is no Error; then `message` is the value as text
 * @param frames of the stack, without its header
 */
export function describeUncaught(name: string, message: string, frames: string): ScriptFailure {
  if (name === '') return failure('error', 'Error', `${message} was thrown; throw an Error to get its line`);
  return { ...failure('error', shorten(name, nameCharactersMax), message), frames: scriptFrames(frames) };
}

export function failure(reason: ScriptFailure['reason'], name: string, message: string): ScriptFailure {
  return { reason, name, message: shorten(message, messageCharactersMax), frames: [] };
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
  const causes = causesOf(thrown);
  return {
    reason: 'error',
    name: shorten(nameOf(thrown), nameCharactersMax),
    message: shorten(typeof message === 'string' ? message : '', messageCharactersMax),
    frames: scriptFrames(stack),
    ...(causes.length > 0 && { causes }),
    ...(tool && { tool }),
  };
}

/** Its `cause`, the cause of that, and so on; of an AggregateError its first errors. Without ToolErrors, which stand for themselves. */
function causesOf(thrown: object): string[] {
  const causes: string[] = [];
  const note = (value: unknown) => {
    if (causes.length >= causesShownMax || value === undefined || value === null) return;
    if (typeof value === 'object' && toolErrors.failureOf(value)) return;
    causes[causes.length] = oneLine(value);
  };
  const errors = readData(thrown, 'errors');
  if (isArray(errors)) {
    for (let index = 0; index < errors.length && index < causesShownMax; index++)
      note(getOwnPropertyDescriptor(errors, `${index}`)?.value);
  }
  let cause = readData(thrown, 'cause');
  for (let depth = 0; depth < causesShownMax && cause !== undefined; depth++) {
    note(cause);
    cause = typeof cause === 'object' && cause !== null ? readData(cause, 'cause') : undefined;
  }
  return causes;
}

function oneLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return stringSlice(inspect(value), 0, causeCharactersMax);
  const message = readData(value, 'message');
  if (typeof message !== 'string') return stringSlice(inspect(value), 0, causeCharactersMax);
  return shorten(`${nameOf(value)}: ${message}`, causeCharactersMax);
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
