/** The frames of a sandbox process, read and written by hand on the way of every call: the same as the plain way. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callHeader, callSite } from '../../sandbox/call-site.ts';
import { FramesIn } from '../../sandbox/frames-in.ts';
import { FramesOut } from '../../sandbox/frames-out.ts';
import { FrameReader, frameHead, type ToSandbox } from '../../sandbox/protocol.ts';
import { encodeFrame, parseHeader } from '../../src/execution/sandbox-messages.ts';

const bufferBytes = 1_024;
const text = fc.string({ unit: 'binary', maxLength: 300 });
const message: fc.Arbitrary<ToSandbox> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('reply' as const),
      run: fc.constantFrom('run_1', 'run_2', 'run_"'),
      id: fc.nat(),
      ok: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'abort' as const, run: 'run_1' }) },
);

describe('frames in', () => {
  test('are the messages that were sent, whatever came together or apart', () => {
    const sent = fc.array(fc.tuple(message, text), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        sent,
        fc.array(fc.integer({ min: 1, max: bufferBytes }), { minLength: 1 }),
        (frames, cuts) => {
          const stream = Buffer.concat(
            frames.flatMap(([header, payload]) =>
              encodeFrame(header, payload).map((part) => Buffer.from(part)),
            ),
          );
          const seen: [ToSandbox, string][] = [];
          const buffer = Buffer.alloc(bufferBytes);
          const incoming = new FramesIn(buffer, {
            onReply: (run, id, ok, payload) => seen.push([{ type: 'reply', run, id, ok }, payload]),
            onMessage: (header, payload) => seen.push([header, Buffer.from(payload).toString()]),
          });
          incoming.expectRepliesOf('run_1');
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const length = stream.copy(buffer, 0, at, at + (cuts[turn % cuts.length] ?? 1));
            incoming.take(length);
            buffer.fill(0xff);
            at += length;
          }
          expect(seen).toEqual(frames.map(([header, payload]) => [header, Buffer.from(payload).toString()]));
        },
      ),
    );
  });
});

describe('frames out', () => {
  test('are what was said, the first of a turn at once', () => {
    const written: Buffer[] = [];
    const outgoing = new FramesOut((bytes, length) => written.push(Buffer.from(bytes.subarray(0, length))));
    const payloads = ['', 'é\u{1f600}', 'x'.repeat(100_000), 'z'];
    for (const [index, payload] of payloads.entries())
      expect(outgoing.add(`header ${index}`, payload)).toBe(index === 0);
    expect(written).toHaveLength(1);
    outgoing.flush();
    expect(written).toHaveLength(2);
    expect(outgoing.add('large', 'é'.repeat(70_000))).toBe(true);
    outgoing.flush();
    const seen: [string, string][] = [];
    const reader = new FrameReader(1e6, (header, payload) =>
      seen.push([`${Buffer.from(header)}`, `${Buffer.from(payload)}`]),
    );
    for (const bytes of written) reader.push(bytes);
    expect(seen).toEqual([
      ...payloads.map((payload, index) => [`header ${index}`, payload]),
      ['large', 'é'.repeat(70_000)],
    ]);
  });

  test('of calls say what the guest told, in ASCII', () => {
    const site = callSite(true, 'søk', 'tool"\u{1f600}\n', '3:14)\n    at x');
    const header = callHeader('run_1', 7, site);
    expect(header).toMatch(/^[ -~]+$/);
    expect(parseHeader(Buffer.from(header))).toEqual({
      type: 'call',
      run: 'run_1',
      id: 7,
      server: 'søk',
      tool: 'tool"\u{1f600}\n',
      raw: true,
      line: 3,
      column: 14,
    });
    expect(frameHead(Buffer.from(header), 0).byteLength).toBe(8 + header.length);
  });
});
