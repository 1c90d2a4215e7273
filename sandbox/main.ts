/**
 * The sandbox process: frames from the orchestrator in, one isolate at a time, frames out. Started with two
 * arguments, the path of isolated-vm's addon and SandboxLimits as JSON; the frames run over file descriptor 3.
 */
import { readFileSync, writeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { join } from 'node:path';
import { loadIsolatedVm, type ScriptEvents, ScriptIsolate } from './isolate.ts';
import {
  FrameReader,
  type FromSandbox,
  prefixBytes,
  type SandboxLimits,
  type ToSandbox,
} from './protocol.ts';

const [, , addonPath = '', limitsText = ''] = process.argv;
const ivm = loadIsolatedVm(addonPath);
const guestSource = readFileSync(join(__dirname, 'guest.js'), 'utf8');
const limits = JSON.parse(limitsText) as SandboxLimits;
const pipe = 3;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const reader = new FrameReader(Number.POSITIVE_INFINITY, (header, payload) =>
  receive(JSON.parse(decoder.decode(header)) as ToSandbox, payload),
);
// `onread` and `writeSync` go round the stream classes, whose code is slow without a JIT: together a third of a call's time.
const incoming = Buffer.alloc(65_536);
const onread = {
  buffer: incoming,
  callback: (bytes: number) => {
    if (!receiveAlone(bytes)) reader.push(Uint8Array.from(incoming.subarray(0, bytes)));
    return true;
  },
};
const socket = new Socket({ fd: pipe, readable: true, writable: true, onread } as SocketConstructorOpts);
// Without the orchestrator there is nothing to do, and exiting in order can hang in isolated-vm.
socket.on('close', die);
socket.on('error', die);
// Ctrl-C in a terminal reaches the whole process group: when this process ends is the orchestrator's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let gathered: Uint8Array[] | undefined;
let apiText: string | undefined;
let prepared: ScriptIsolate | undefined;
let running: { readonly run: string; readonly isolate: ScriptIsolate } | undefined;

prepareNext(Promise.resolve(true));

/**
 * One small frame that came whole and alone, as nearly every answer does, is read where it lies.
 *
 * @returns false where it is anything else
 */
function receiveAlone(bytes: number): boolean {
  if (!reader.isEmpty || bytes < prefixBytes) return false;
  const headerEnd = prefixBytes + incoming.readUInt32LE(0);
  if (headerEnd + incoming.readUInt32LE(4) !== bytes) return false;
  const message = JSON.parse(incoming.toString('utf8', prefixBytes, headerEnd)) as ToSandbox;
  if (message.type !== 'reply') return false;
  reply(message, incoming.toString('utf8', headerEnd, bytes));
  return true;
}

function reply({ run, id, ok }: ToSandbox & { type: 'reply' }, text: string): void {
  if (running?.run === run) running.isolate.reply(id, ok, text);
}

function receive(message: ToSandbox, payload: Uint8Array): void {
  switch (message.type) {
    case 'api':
      apiText = decoder.decode(payload);
      return prepared?.setApi(apiText);
    case 'run':
      return run(message.run, payload, message.codeBytes);
    case 'reply':
      return reply(message, decoder.decode(payload));
    case 'abort':
      if (running?.run === message.run) running.isolate.end('aborted', 'Error', 'The script was aborted.');
  }
}

function run(id: string, payload: Uint8Array, codeBytes: number): void {
  if (!prepared) return die();
  running = { run: id, isolate: prepared };
  prepared = undefined;
  const input = payload.byteLength > codeBytes ? decoder.decode(payload.subarray(codeBytes)) : undefined;
  running.isolate.run(decoder.decode(payload.subarray(0, codeBytes)), input);
}

/** While the orchestrator takes in the result, the next isolate is made and what is left of the last one ends. */
function prepareNext(lastIsQuiet: Promise<boolean>): void {
  const preparing = ScriptIsolate.prepare({ ivm, guestSource, limits, events: eventsOf() });
  Promise.all([preparing, lastIsQuiet]).then(([isolate, quiet]) => {
    if (!quiet) return die();
    prepared = isolate;
    if (apiText !== undefined) isolate.setApi(apiText);
    send({ type: 'ready' }, '');
  }, die);
}

function eventsOf(): ScriptEvents {
  const id = () => running?.run ?? '';
  return {
    onCall: ({ id: call, server, tool, raw, line, column }, args) =>
      send({ type: 'call', run: id(), id: call, server, tool, raw, line, column }, args),
    onOutput: (text) => send({ type: 'output', run: id() }, text),
    onEnd: ({ text, ...end }) => {
      const ended = running;
      send({ type: 'done', run: id(), ...end }, text);
      running = undefined;
      // Off the way of the answer, which is still to be written.
      setImmediate(() => prepareNext(ended ? ended.isolate.retire() : Promise.resolve(true)));
    },
  };
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
  write(frame);
  gathered = [];
  process.nextTick(() => {
    const frames = gathered ?? [];
    gathered = undefined;
    if (frames.length > 0) write(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames));
  });
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

function write(frame: Uint8Array): void {
  const written = socket.writableLength === 0 ? writeNow(frame) : 0;
  if (written < frame.byteLength) socket.write(Uint8Array.from(frame.subarray(written)));
}

/** @returns how much the pipe took at once; the stream waits for the rest */
function writeNow(frame: Uint8Array): number {
  try {
    return process.platform === 'win32' ? 0 : writeSync(pipe, frame);
  } catch {
    // The pipe is full (EAGAIN); anything worse shows again in the stream.
    return 0;
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
