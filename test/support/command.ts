/** Runs the built command line as a user would, and gives all that it said. */
import { spawn } from 'node:child_process';
import { bin } from './orchestrator.ts';

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Record<string, string>;
  /** Sees stderr and stdout as they come; may send a signal. */
  readonly onData?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export function command(args: readonly string[], options: CommandOptions = {}): Promise<Said> {
  return program(process.execPath, [bin, ...args], options);
}

export function program(
  file: string,
  args: readonly string[],
  { cwd, stdin = '', env = {}, onData }: CommandOptions = {},
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '', ...env },
    });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
        onData?.(text, (signal) => child.kill(signal));
      });
    }
    child.on('error', reject).on('close', (code) => resolve({ code, ...said }));
    child.stdin.on('error', () => {}).end(stdin);
  });
}
