/** A sandbox process of its own, spoken to in frames over a pipe. */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { FrameReader } from '../../sandbox/protocol.ts';
import type { Limits } from '../limits.ts';
import { endsWithUs } from '../watchdog.ts';
import type { SandboxLink, SandboxLinkEvents, SandboxLinkOptions } from './sandbox-link.ts';
import { encodeFrame, parseHeader, textOf } from './sandbox-messages.ts';
import { startSandboxProcess } from './sandbox-process.ts';
import { ProcessWatch } from './sandbox-watch.ts';

const stderrCharactersMax = 4_096;
const mebibyte = 1_024 * 1_024;
/** Of a call: three bytes for each character that the guest counted. */
const bytesPerCharacterMax = 3;

/**
 * @param start starts the process; by default the sandbox
 * @throws OrchestratorError sandbox_failed
 */
export function openProcessLink(
  { limits }: SandboxLinkOptions,
  events: SandboxLinkEvents,
  start: (limits: Limits) => ChildProcess = startSandboxProcess,
): SandboxLink {
  const child = start(limits);
  const pipe = child.stdio[3] as Socket;
  const watch = new ProcessWatch(child.pid);
  const release = child.pid === undefined ? undefined : endsWithUs(child.pid);
  let stderr = '';
  let isOver = false;
  let isKilled = false;
  const gone = (reason: string) => {
    if (isOver) return;
    isOver = true;
    release?.();
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
  // The process is gone or going, and is of no more use: `exit` says the rest, and nothing may keep it from that.
  pipe.on('error', () => {}).once('close', () => child.kill('SIGKILL'));
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
    isGone: () => watch.isGone(),
    usage: () => watch.read(),
    unsentBytes: () => pipe.writableLength,
  };
}

function frameBytesMax({ argumentBytesMax, resultBytesMax, outputBytesMax }: Limits): number {
  return Math.max(argumentBytesMax * bytesPerCharacterMax, resultBytesMax, outputBytesMax) + mebibyte;
}
