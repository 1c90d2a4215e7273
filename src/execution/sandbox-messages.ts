/** Frames for a sandbox process, and what comes back from it, read by hand: a script may have taken the process over, so nothing is believed. */
import {
  type FromSandbox,
  frameHead,
  notAwaitedMax,
  prefixBytes,
  type ScriptFailure,
  type ToSandbox,
} from '../../sandbox/protocol.ts';

type Fields = { readonly [name: string]: unknown };

/** The process does not keep to the protocol; it is to be ended. */
export class ProtocolViolation extends Error {}

const nameCharactersMax = 1_024;
const messageCharactersMax = 16_384;
const framesMax = 100;
const causesMax = 10;
const payloadShown = 200;

const reasons: { readonly [reason in ScriptFailure['reason']]: true } = {
  error: true,
  result: true,
  cpu: true,
  memory: true,
  resident: true,
  calls: true,
  aborted: true,
  stalled: true,
  crashed: true,
};

export function textOf(payload: Uint8Array | string): string {
  return typeof payload === 'string' ? payload : viewOf(payload).toString('utf8');
}

/** A chunk of a stream is a Buffer already. */
function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Of UTF-8. */
export function bytesOf(payload: Uint8Array | string): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
}

const copiedBytesMax = 65_536;

/** One chunk, but for large payloads, which are not copied once more. */
export function encodeFrame(header: ToSandbox, payload: string | Uint8Array): (string | Uint8Array)[] {
  const head = JSON.stringify(header);
  const isText = typeof payload === 'string';
  const payloadBytes = isText ? Buffer.byteLength(payload) : payload.byteLength;
  if (!isText || payloadBytes > copiedBytesMax) return [frameHead(Buffer.from(head), payloadBytes), payload];
  // The header is ASCII: nothing in it comes from outside.
  const frame = Buffer.allocUnsafe(prefixBytes + head.length + payloadBytes);
  frame.writeUInt32LE(head.length, 0);
  frame.writeUInt32LE(payloadBytes, 4);
  frame.write(head, prefixBytes, 'latin1');
  frame.write(payload, prefixBytes + head.length);
  return [frame];
}

/** @throws ProtocolViolation */
export function parseHeader(header: Uint8Array): FromSandbox {
  return checkMessage(parseObject(textOf(header)));
}

/** @throws ProtocolViolation */
export function checkMessage(fields: Fields): FromSandbox {
  const violation = new Check(fields);
  switch (fields.type) {
    case 'ready':
      return { type: 'ready' };
    case 'output':
      return { type: 'output', run: violation.text('run') };
    case 'call':
      return {
        type: 'call',
        run: violation.text('run'),
        id: violation.count('id'),
        server: violation.text('server'),
        tool: violation.text('tool'),
        raw: violation.flag('raw'),
        line: violation.count('line'),
        column: violation.count('column'),
      };
    case 'done':
      return {
        type: 'done',
        run: violation.text('run'),
        ok: violation.flag('ok'),
        cpuMs: violation.amount('cpuMs'),
        residentBytesPeak: violation.count('residentBytesPeak'),
        outputBytesCut: violation.count('outputBytesCut'),
        kept: violation.flag('kept'),
        notAwaited: violation.counts('notAwaited', notAwaitedMax),
        unsent: violation.count('unsent'),
      };
    case 'stopped':
      return {
        type: 'stopped',
        run: violation.text('run'),
        id: violation.count('id'),
        ok: violation.flag('ok'),
      };
    default:
      throw new ProtocolViolation(
        `it sent a message of an unknown type: ${JSON.stringify(fields).slice(0, payloadShown)}`,
      );
  }
}

/**
 * @returns undefined where the payload is empty, for undefined
 * @throws ProtocolViolation
 */
export function parseResult(payload: Uint8Array | string): unknown {
  if (payload.length === 0) return undefined;
  try {
    return JSON.parse(textOf(payload));
  } catch {
    throw new ProtocolViolation('it sent a result that is no JSON');
  }
}

/** @throws ProtocolViolation */
export function parseFailure(payload: Uint8Array | string): ScriptFailure {
  const fields = parseObject(textOf(payload));
  const check = new Check(fields);
  const { reason, tool, uncaught } = fields;
  if (typeof reason !== 'string' || !Object.hasOwn(reasons, reason)) throw check.violation('reason');
  return {
    reason: reason as ScriptFailure['reason'],
    name: check.text('name'),
    message: check.text('message', messageCharactersMax),
    frames: check.list('frames', framesMax).map(parseFrame),
    ...(uncaught !== undefined && { uncaught: parseUncaught(uncaught) }),
    ...(check.has('causes') && { causes: check.texts('causes', causesMax) }),
    ...(tool !== undefined && { tool: parseTool(tool) }),
  };
}

function parseUncaught(value: unknown): NonNullable<ScriptFailure['uncaught']> {
  if (value === 'callback' || value === 'promise' || value === 'call') return value;
  throw new ProtocolViolation('it sent a message with a bad "uncaught"');
}

function parseFrame(value: unknown): ScriptFailure['frames'][number] {
  const check = new Check(asObject(value));
  const position = { line: check.count('line'), column: check.count('column') };
  return check.has('function') ? { ...position, function: check.text('function') } : position;
}

function parseTool(value: unknown): NonNullable<ScriptFailure['tool']> {
  const fields = asObject(value);
  const check = new Check(fields);
  const { retrySafe, content } = fields;
  if (retrySafe !== 'yes' && retrySafe !== 'no' && retrySafe !== 'unknown')
    throw check.violation('retrySafe');
  return {
    message: check.text('message', messageCharactersMax),
    kind: check.text('kind'),
    server: check.text('server'),
    tool: check.text('tool'),
    retrySafe,
    args: check.text('args', Number.POSITIVE_INFINITY),
    ...(check.has('hint') && { hint: check.text('hint', messageCharactersMax) }),
    ...(check.has('path') && { path: check.text('path') }),
    ...(content !== undefined && { content }),
  };
}

class Check {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  text(name: string, charactersMax = nameCharactersMax): string {
    const value = this.#fields[name];
    if (typeof value !== 'string' || value.length > charactersMax) throw this.violation(name);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== 'boolean') throw this.violation(name);
    return value;
  }

  count(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw this.violation(name);
    return value;
  }

  amount(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw this.violation(name);
    return value;
  }

  list(name: string, most: number): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || value.length > most) throw this.violation(name);
    return value;
  }

  counts(name: string, most: number): number[] {
    return this.list(name, most).map((value) => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw this.violation(name);
      return value;
    });
  }

  texts(name: string, most: number): string[] {
    return this.list(name, most).map((value) => {
      if (typeof value !== 'string' || value.length > nameCharactersMax) throw this.violation(name);
      return value;
    });
  }

  violation(name: string): ProtocolViolation {
    return new ProtocolViolation(
      `it sent a message with a bad "${name}": ${JSON.stringify(this.#fields[name])?.slice(0, payloadShown)}`,
    );
  }
}

function parseObject(text: string): Fields {
  try {
    return asObject(JSON.parse(text));
  } catch {
    throw new ProtocolViolation(`it sent something other than a message: ${text.slice(0, payloadShown)}`);
  }
}

function asObject(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new ProtocolViolation(`it sent ${JSON.stringify(value)?.slice(0, payloadShown)} for an object`);
}
