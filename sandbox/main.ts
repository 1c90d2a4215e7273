/**
 * The sandbox process: frames from the orchestrator in, frames out. Started with three arguments:
 * the path of isolated-vm's addon, SandboxLimits as JSON, and `blocking` or `stream` for how file descriptor 3 is read.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callHeader } from './call-site.ts';
import { FramesIn } from './frames-in.ts';
import { FramesOut } from './frames-out.ts';
import { loadIsolatedVm } from './isolated-vm.ts';
import { openPipe } from './pipe.ts';
import type { SandboxLimits, ToSandbox } from './protocol.ts';
import { ScriptSession } from './session.ts';

const [, , addonPath = '', limitsText = '', pipeKind] = process.argv;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const bufferBytes = 65_536;

const session = new ScriptSession({
  ivm: loadIsolatedVm(addonPath),
  guestSource: readFileSync(join(__dirname, 'guest.js'), 'utf8'),
  limits: JSON.parse(limitsText) as SandboxLimits,
  ownsProcess: true,
  send: (header, payload) => send(JSON.stringify(header), payload),
  sendCall: (run, id, site, args) => send(callHeader(run, id, site), args),
  onRest: () => setImmediate(() => pipe.listen()),
  onBroken: die,
});
const buffer = Buffer.alloc(bufferBytes);
const incoming = new FramesIn(buffer, {
  onReply: (run, id, ok, text) => session.reply(run, id, ok, text),
  onMessage: receive,
});
const outgoing = new FramesOut((bytes, length) => pipe.write(bytes, length));
const flush = () => outgoing.flush();
const pipe = openPipe(pipeKind === 'blocking', {
  buffer,
  receive: (length) => {
    isTaking = true;
    incoming.take(length);
    isTaking = false;
    outgoing.flush();
  },
  canBlock: () => session.isWaiting,
  wantsBytes: () => (session.isAtWork ? 'later' : session.isOpen ? 'now' : 'no'),
  flush,
  // Without the orchestrator there is nothing to do, and exiting in order can hang in isolated-vm.
  closed: die,
});
let isTaking = false;
// Ctrl-C in a terminal reaches the whole process group: when this process ends is the orchestrator's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function receive(message: ToSandbox, payload: Uint8Array): void {
  switch (message.type) {
    case 'api':
      return session.setApi(decoder.decode(payload));
    case 'run': {
      const { run, codeBytes } = message;
      incoming.expectRepliesOf(run);
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

function send(header: string, payload: string): void {
  // While bytes are taken in, the end of that is the end of the turn.
  if (outgoing.add(header, payload) && !isTaking) process.nextTick(flush);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
