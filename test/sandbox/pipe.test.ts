/** The two ways in which a sandbox process reads its pipe: a script does the same over both. */
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { FrameReader, type FromSandbox } from '../../sandbox/protocol.ts';
import { encodeFrame, textOf } from '../../src/execution/sandbox-messages.ts';
import { startSandboxProcess } from '../../src/execution/sandbox-process.ts';
import { defaultLimits } from '../../src/limits.ts';

const script = `
let sum = 0;
for (let i = 0; i < 100; i += 1) sum += await s.echo({ value: i });
const many = await Promise.all(Array.from({ length: 100 }, (_, value) => s.echo({ value, text: 'x'.repeat(2000) })));
await new Promise((resolve) => setTimeout(resolve, 30));
console.log('after the timer');
const late = s.echo({ value: 1 });
await new Promise((resolve) => setTimeout(resolve, 1));
return [sum, many.length, await late, await s.echo({ value: 'x'.repeat(300_000) })].map((part) => String(part).length);
`;

it.each(['blocking', 'stream'] as const)(
  '%s: calls one by one, at once, beside timers, small and large',
  async (kind) => {
    if (kind === 'blocking' && process.platform !== 'linux') return;
    const child = startSandboxProcess(defaultLimits(), { pipe: kind });
    const pipe = child.stdio[3] as Socket;
    // It is killed while a third script is on its way to it.
    pipe.on('error', () => {});
    try {
      const send = (...frame: Parameters<typeof encodeFrame>) => {
        for (const chunk of encodeFrame(...frame)) pipe.write(chunk);
      };
      const answers: string[] = [];
      let output = '';
      for (const run of ['first', 'second']) {
        answers.push(
          await new Promise<string>((resolve, reject) => {
            const reader = new FrameReader(2 ** 26, (header, payload) => {
              const message = JSON.parse(textOf(header)) as FromSandbox;
              if (message.type === 'ready') {
                send({ type: 'api' }, JSON.stringify({ servers: { s: ['echo'] } }));
                send({ type: 'run', run, codeBytes: script.length }, Buffer.from(script));
              } else if (message.type === 'call') {
                const { value } = JSON.parse(textOf(payload)) as { value: unknown };
                send({ type: 'reply', run, id: message.id, ok: true }, JSON.stringify(value));
              } else if (message.type === 'output') output += textOf(payload);
              else resolve(textOf(payload));
            });
            pipe.removeAllListeners('data');
            pipe.on('data', (chunk: Uint8Array) => reader.push(chunk));
            child.once('exit', () => reject(new Error('the process ended')));
          }),
        );
      }
      // 4950, 100, 1, and 300,000 characters.
      expect(answers).toEqual(['[4,3,1,300000]', '[4,3,1,300000]']);
      expect(output).toBe('after the timer\nafter the timer\n');
    } finally {
      child.kill('SIGKILL');
    }
  },
);
