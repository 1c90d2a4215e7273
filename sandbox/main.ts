/**
 * The sandbox process: frames from the orchestrator in, frames out. Started with three arguments:
 * the path of isolated-vm's addon, SandboxLimits as JSON, and `blocking` or `stream` for how file descriptor 3 is read.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadIsolatedVm } from './isolated-vm.ts';
import { openPipe } from './pipe.ts';
import {
  FrameReader,
  type FromSandbox,
  prefixBytes,
  type SandboxLimits,
  type ToSandbox,
} from './protocol.ts';
import { ScriptSession } from './session.ts';

const [, , addonPath = '', limitsText = '', pipeKind] = process.argv;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const session = new ScriptSession({
  ivm: loadIsolatedVm(addonPath),
  guestSource: readFileSync(join(__dirname, 'guest.js'), 'utf8'),
  limits: JSON.parse(limitsText) as SandboxLimits,
  ownsProcess: true,
  send,
  onRest: () => setImmediate(() => pipe.listen()),
  onBroken: die,
});
const reader = new FrameReader(Number.POSITIVE_INFINITY, (header, payload) =>
  receive(JSON.parse(decoder.decode(header)) as ToSandbox, payload),
);
const pipe = openPipe(pipeKind === 'blocking', {
  receive: (bytes) => {
    if (!receiveAlone(bytes)) reader.push(Uint8Array.from(bytes));
  },
  canBlock: () => session.isWaiting,
  wantsBytes: () => (session.isAtWork ? 'later' : session.isOpen ? 'now' : 'no'),
  flush,
  // Without the orchestrator there is nothing to do, and exiting in order can hang in isolated-vm.
  closed: die,
});
// Ctrl-C in a terminal reaches the whole process group: when this process ends is the orchestrator's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let gathered: Uint8Array[] | undefined;

/**
 * One small frame that came whole and alone, as nearly every answer does, is read where it lies.
 *
 * @returns false where it is anything else
 */
function receiveAlone(bytes: Uint8Array): boolean {
  if (!reader.isEmpty || bytes.byteLength < prefixBytes) return false;
  const incoming = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = prefixBytes + incoming.readUInt32LE(0);
  if (headerEnd + incoming.readUInt32LE(4) !== bytes.byteLength) return false;
  const message = JSON.parse(incoming.toString('utf8', prefixBytes, headerEnd)) as ToSandbox;
  if (message.type !== 'reply') return false;
  session.reply(message.run, message.id, message.ok, incoming.toString('utf8', headerEnd));
  return true;
}

function receive(message: ToSandbox, payload: Uint8Array): void {
  switch (message.type) {
    case 'api':
      return session.setApi(decoder.decode(payload));
    case 'run': {
      const { run, codeBytes } = message;
      const input = payload.byteLength > codeBytes ? decoder.decode(payload.subarray(codeBytes)) : undefined;
      return session.run(run, decoder.decode(payload.subarray(0, codeBytes)), input);
    }
    case 'reply':
      return session.reply(message.run, message.id, message.ok, decoder.decode(payload));
    case 'abort':
      return session.abort(message.run);
    case 'stop':
      return session.stop(message.run, message.id);
  }
}

/**
 * The first frame of a turn of the event loop goes out at once, the others of that turn together behind it: a call
 * alone is not held up, and a hundred made at once cost one system call.
 */
function send(header: FromSandbox, payload: string): void {
  const frame = encode(JSON.stringify(header), payload);
  if (gathered) {
    gathered.push(frame);
    return;
  }
  pipe.write(frame);
  gathered = [];
  process.nextTick(flush);
}

function flush(): void {
  const frames = gathered ?? [];
  gathered = undefined;
  if (frames.length > 0) pipe.write(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
}

/** Small frames share one buffer: they are written before the next one is made, or copied. */
const outgoing = Buffer.alloc(65_536);

function encode(header: string, payload: string): Uint8Array {
  const headerBytes = Buffer.byteLength(header);
  const payloadBytes = Buffer.byteLength(payload);
  const bytes = prefixBytes + headerBytes + payloadBytes;
  const isSmall = gathered === undefined && bytes <= outgoing.length;
  const frame = isSmall ? outgoing : Buffer.allocUnsafe(bytes);
  frame.writeUInt32LE(headerBytes, 0);
  frame.writeUInt32LE(payloadBytes, 4);
  frame.write(header, prefixBytes);
  frame.write(payload, prefixBytes + headerBytes);
  return isSmall ? frame.subarray(0, bytes) : frame;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
