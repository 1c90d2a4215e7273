/** The words for what ends a script from outside of its own code. */
import { scriptPrefix } from './bridge.ts';
import type { SandboxLimits, ScriptFailure } from './protocol.ts';

const mebibyte = 1_024 * 1_024;

export interface LimitMet {
  readonly limit: 'cpu' | 'resident';
  readonly text: string;
}

/** @param isStopping what runs is a function of `onStop`, which has a limit of its own */
export function limitMet(
  used: { readonly cpuMs: number; readonly residentBytes: number },
  { cpuMsMax, stopCpuMsMax, residentMebibytesMax }: SandboxLimits,
  isStopping: boolean,
): LimitMet | undefined {
  if (isStopping && used.cpuMs > stopCpuMsMax) {
    const text = `onStop used more than ${stopCpuMsMax} ms of processor time (stopCpuMsMax).`;
    return { limit: 'cpu', text };
  }
  if (!isStopping && used.cpuMs > cpuMsMax) {
    const text = `The script used more than ${cpuMsMax} ms of processor time (cpuMsMax).`;
    return { limit: 'cpu', text };
  }
  if (used.residentBytes > residentMebibytesMax * mebibyte) {
    const text = `The sandbox process used more than ${residentMebibytesMax} MiB of memory (residentMebibytesMax).`;
    return { limit: 'resident', text };
  }
  return undefined;
}

export function heapMessage(mebibytes: number): string {
  return `The script used more than ${mebibytes} MiB of heap (heapMebibytesMax).`;
}

export function resultMessage(bytesMax: number, bytes: number): string {
  return `The script's result has no JSON: result is larger than ${bytesMax} bytes as JSON: resultBytesMax (it has ${bytes}).`;
}

/** @param thrown what compiling it once more threw: `message [script.js:line:column]` */
export function refusedScript(thrown: unknown): ScriptFailure {
  const text = thrown instanceof Error ? thrown.message : 'the script cannot be compiled';
  const [, message = text, line = '0', column = '0'] = /^([^]*) \[[^[\]]*:(\d+):(\d+)\]$/.exec(text) ?? [];
  const shift = line === '1' ? scriptPrefix.length : 0;
  const place = { line: Number(line), column: Math.max(1, Number(column) - shift) };
  return { reason: 'error', name: 'SyntaxError', message, frames: place.line > 0 ? [place] : [] };
}

const partCharactersMax = 16_384;

/**
 * @param thrown isolated-vm's copy of what a rejection held: an Error of ours with its texts, or a primitive value
 * @returns name ('' where no Error was thrown), message, and the frames behind it
 */
export function uncaughtParts(thrown: unknown): [name: string, message: string, frames: string] {
  if (!(thrown instanceof Error)) {
    const text = typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown);
    return ['', text.slice(0, partCharactersMax), ''];
  }
  const { name, message, stack = '' } = thrown;
  if (message.startsWith('An object was thrown from supplied code'))
    return ['', 'An object that is no Error', ''];
  const at = message === '' ? -1 : stack.indexOf(message);
  const frames = stack.slice(at < 0 ? 0 : at + message.length);
  return [
    name.slice(0, partCharactersMax),
    message.slice(0, partCharactersMax),
    frames.slice(0, partCharactersMax),
  ];
}
