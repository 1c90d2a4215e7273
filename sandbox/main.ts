/**
 * The sandbox process: frames from the orchestrator in, one isolate at a time, frames out. Started with two
 * arguments, the path of isolated-vm's addon and SandboxLimits as JSON; the frames run over file descriptor 3.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type IsolatedVm from 'isolated-vm';
import { ScriptIsolate, type ScriptEvents } from './isolate.ts';
import { FrameReader, type FromSandbox, frameHead, type SandboxLimits, type ToSandbox } from './protocol.ts';

const [, , addonPath = '', limitsText = ''] = process.argv;
// By path: the package's own loader probes files that the permission model keeps from us.
const { ivm } = createRequire(__filename)(addonPath) as { ivm: typeof IsolatedVm };
const guestSource = readFileSync(join(__dirname, 'guest.js'), 'utf8');
const limits = JSON.parse(limitsText) as SandboxLimits;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const socket = new Socket({ fd: 3, readable: true, writable: true });
// Without the orchestrator there is nothing to do, and exiting in order can hang in isolated-vm.
socket.on('close', die);
socket.on('error', die);

let apiText: string | undefined;
let prepared: ScriptIsolate | undefined;
let running: { readonly run: string; readonly isolate: ScriptIsolate } | undefined;

const reader = new FrameReader(Number.POSITIVE_INFINITY, (header, payload) => receive(JSON.parse(decoder.decode(header)) as ToSandbox, payload));
socket.on('data', (chunk) => reader.push(chunk));
prepareNext();

function receive(message: ToSandbox, payload: Uint8Array): void {
  switch (message.type) {
    case 'api':
      apiText = decoder.decode(payload);
      return prepared?.setApi(apiText);
    case 'run':
      return run(message.run, payload, message.codeBytes);
    case 'reply':
      if (running?.run === message.run) running.isolate.reply(message.id, message.ok, decoder.decode(payload));
      return;
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

/** While the orchestrator takes in the result, the next isolate is made. */
function prepareNext(): void {
  ScriptIsolate.prepare({ ivm, guestSource, limits, events: eventsOf() }).then((isolate) => {
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
      setImmediate(() => ended?.isolate.retire().then((quiet) => (quiet ? prepareNext() : die())));
    },
  };
}

/** One buffer a frame: what is written in one turn of the loop goes out in one system call. */
function send(header: FromSandbox, payload: string): void {
  const head = frameHead(Buffer.from(JSON.stringify(header)), Buffer.byteLength(payload));
  const frame = Buffer.allocUnsafe(head.byteLength + Buffer.byteLength(payload));
  frame.set(head);
  frame.write(payload, head.byteLength);
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(frame);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
