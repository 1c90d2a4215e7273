/** What a sandbox process sends is checked by hand: nonsense is named, and never believed. */
import { describe, expect, test } from 'vitest';
import { FrameReader, frameHead } from '../../sandbox/protocol.ts';
import { ProtocolViolation, parseFailure, parseHeader } from '../../src/execution/sandbox-messages.ts';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const call = { type: 'call', run: 'r', id: 1, server: 's', tool: 't', raw: false, line: 1, column: 2 };
const failure = {
  reason: 'error',
  name: 'Error',
  message: 'm',
  frames: [{ line: 1, column: 2, function: 'f' }],
};

describe('headers', () => {
  test('are taken as they are meant, and no more', () => {
    expect(parseHeader(bytes({ ...call, extra: 1 }))).toEqual(call);
    expect(parseHeader(bytes({ type: 'ready' }))).toEqual({ type: 'ready' });
  });

  test.each([
    ['no JSON', 'x'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no type', {}],
    ['an unknown type', { type: 'exec' }],
    ['a type that objects inherit', { type: 'constructor' }],
    ['an id that is no count', { ...call, id: -1 }],
    ['an id that is text', { ...call, id: '1' }],
    ['a name that is too long', { ...call, tool: 'x'.repeat(2_000) }],
    ['a missing field', { ...call, server: undefined }],
    [
      'a number that is none',
      { type: 'done', run: 'r', ok: true, cpuMs: null, residentBytesPeak: 0, outputBytesCut: 0 },
    ],
  ])('%s', (_name, header) => {
    expect(() => parseHeader(bytes(header))).toThrow(ProtocolViolation);
  });
});

describe('failures', () => {
  test('are taken as they are meant', () => {
    const tool = { message: 'm', kind: 'k', server: 's', tool: 't', retrySafe: 'no', args: '{}' };
    expect(parseFailure(bytes({ ...failure, tool, extra: 1 }))).toEqual({ ...failure, tool });
  });

  test.each([
    ['an unknown reason', { ...failure, reason: 'toString' }],
    ['frames that are none', { ...failure, frames: [{ line: 'x', column: 1 }] }],
    ['too many frames', { ...failure, frames: Array(1_000).fill({ line: 1, column: 1 }) }],
    ['a message that is too long', { ...failure, message: 'x'.repeat(1e6) }],
    ['a tool that is none', { ...failure, tool: 'x' }],
  ])('%s', (_name, payload) => {
    expect(() => parseFailure(bytes(payload))).toThrow(ProtocolViolation);
  });
});

describe('frames', () => {
  test('come whole, however the stream is cut', () => {
    const frame = (header: string, payload: string) =>
      Buffer.concat([frameHead(bytes(header), Buffer.byteLength(payload)), Buffer.from(payload)]);
    const stream = Buffer.concat([frame('one', 'é'), frame('two', ''), frame('', 'x'.repeat(300))]);
    for (const size of [1, 3, 7, 50, stream.length]) {
      const seen: string[] = [];
      const reader = new FrameReader(10_000, (header, payload) =>
        seen.push(`${Buffer.from(header)}|${Buffer.from(payload)}`),
      );
      for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
      expect(seen).toEqual(['one|é', 'two|', `|${'x'.repeat(300)}`]);
    }
  });

  test('that are too large are refused before they are collected', () => {
    const reader = new FrameReader(100, () => {});
    expect(() => reader.push(frameHead(bytes('h'), 1_000_000))).toThrow(RangeError);
  });
});
