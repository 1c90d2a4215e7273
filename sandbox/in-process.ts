/**
 * The sandbox without a process of its own: the same isolates in the orchestrator's process, the messages handed over
 * as they are. Contains less than a process does; docs/sandbox.md says what.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadIsolatedVm } from './isolated-vm.ts';
import type { InProcessOptions, InProcessSandbox, ToSandbox } from './protocol.ts';
import { ScriptSession } from './session.ts';

const guestSource = readFileSync(join(__dirname, 'guest.js'), 'utf8');

export function openInProcess(options: InProcessOptions): InProcessSandbox {
  const { addonPath, limits, onMessage, onBroken } = options;
  const session = new ScriptSession({
    ivm: loadIsolatedVm(addonPath),
    guestSource,
    limits,
    ownsProcess: false,
    send: onMessage,
    sendCall: (run, id, { server, tool, raw, line, column }, args) =>
      onMessage({ type: 'call', run, id, server, tool, raw, line, column }, args),
    onRest: () => {},
    onBroken,
  });
  return {
    send: (message, payload) => deliver(session, message, payload),
    close: () => session.close(),
  };
}

function deliver(session: ScriptSession, message: ToSandbox, payload: string | Uint8Array): void {
  switch (message.type) {
    case 'api':
      return session.setApi(textOf(payload));
    case 'run': {
      const bytes = Buffer.from(payload as Uint8Array);
      const { run, codeBytes } = message;
      const input = bytes.byteLength > codeBytes ? bytes.toString('utf8', codeBytes) : undefined;
      return session.run(run, bytes.toString('utf8', 0, codeBytes), input);
    }
    case 'reply':
      return session.reply(message.run, message.id, message.ok, textOf(payload));
    case 'abort':
      return session.abort(message.run);
    case 'stop':
      return session.stop(message.run, message.id);
  }
}

function textOf(payload: string | Uint8Array): string {
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
}
