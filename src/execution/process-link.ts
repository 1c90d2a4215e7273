/** A sandbox process of its own, spoken to in frames over a pipe. */
import type { Socket } from 'node:net';
import { FrameReader } from '../../sandbox/protocol.ts';
import type { Limits } from '../limits.ts';
import type { SandboxLink, SandboxLinkEvents, SandboxLinkOptions } from './sandbox-link.ts';
import { encodeFrame, parseHeader, textOf } from './sandbox-messages.ts';
import { startSandboxProcess } from './sandbox-process.ts';
import { ProcessWatch } from './sandbox-watch.ts';

const stderrCharactersMax = 4_096;
const mebibyte = 1_024 * 1_024;
/** Of a call: three bytes for each character that the guest counted. */
const bytesPerCharacterMax = 3;

/** @throws OrchestratorError sandbox_failed */
export function openProcessLink(
  { limits, jitless }: SandboxLinkOptions & { readonly jitless: boolean },
  events: SandboxLinkEvents,
): SandboxLink {
  const child = startSandboxProcess(limits, { jitless });
  const pipe = child.stdio[3] as Socket;
  const watch = new ProcessWatch(child.pid);
  let stderr = '';
  let isOver = false;
  let isKilled = false;
  const gone = (reason: string) => {
    if (isOver) return;
    isOver = true;
    events.onGone(reason, stderr);
    watch.close();
  };
  child.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
  child.once('error', (error) => gone(error.message));
  const reader = new FrameReader(frameBytesMax(limits), (header, payload) => {
    if (!isKilled) events.onMessage(parseHeader(header), payload);
  });
  pipe.on('data', (chunk: Uint8Array) => {
    if (isKilled) return;
    try {
      reader.push(chunk);
    } catch (error) {
      events.onError(error);
    }
  });
  // The process is gone or going: `exit` says the rest.
  pipe.on('error', () => {});
  child.stderr?.on('data', (chunk: Uint8Array) => {
    stderr = (stderr + textOf(chunk)).slice(-stderrCharactersMax);
  });
  // A pool at rest must not keep the orchestrator alive; the process ends with its pipe.
  child.unref();
  pipe.unref();
  (child.stderr as Socket | null)?.unref();
  return {
    pid: child.pid,
    send: (message, payload) => {
      for (const chunk of encodeFrame(message, payload)) pipe.write(chunk);
    },
    kill: () => {
      isKilled = true;
      child.kill('SIGKILL');
      // So that whoever waits for the end is still there to see it.
      child.ref();
      pipe.destroy();
    },
    usage: () => watch.read(),
  };
}

function frameBytesMax({ argumentBytesMax, resultBytesMax, outputBytesMax }: Limits): number {
  return Math.max(argumentBytesMax * bytesPerCharacterMax, resultBytesMax, outputBytesMax) + mebibyte;
}
