/**
 * The process of TypeScript 7's API server (`tsc --api`): started with nothing but the files that we tell it of. It has
 * no environment, and reads no file of the disk but the library files beside it. It ends by itself when its stdin
 * ends, unless it is at work then; so it is held to our end as well.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { endsWithUs } from '../watchdog.ts';
import { JsonRpc } from './json-rpc.ts';

export interface TypeServerOptions {
  /** The text of a file by its path, or undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** The folder in which relative paths start; it need not exist. */
  readonly folder: string;
  readonly mebibytesMax: number;
}

/** Half of it in base64 is the tree of the largest script. */
const messageBytesMax = 32 * 1_024 * 1_024;
/** The collector runs earlier than Go's default: 5 MB less at rest, for 1 ms more at the 95th percentile. */
const collectorPercent = '40';
const kibibyte = 1_024;
const refusalCharactersMax = 200;

export class TypeServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #rpc: JsonRpc;
  readonly #exited: Promise<void>;
  #ended = false;

  /** @throws Error where TypeScript has no program for this platform */
  constructor({ read, folder, mebibytesMax }: TypeServerOptions) {
    const program = findProgram();
    const libraryFolder = dirname(program).replaceAll('\\', '/');
    this.#child = spawn(
      program,
      ['--api', '--async', '--cwd', folder, `--callbacks=${Object.keys(fileCallbacks).join(',')}`],
      {
        cwd: dirname(program),
        env: { GOGC: collectorPercent, GOMEMLIMIT: `${mebibytesMax}MiB` },
        // What it says when it breaks down holds the script's text.
        stdio: ['pipe', 'pipe', 'ignore'],
        windowsHide: true,
      },
    );
    const files: Files = {
      read,
      isLibrary: (path) => path.startsWith(`${libraryFolder}/lib.`) && !path.includes('/../'),
    };
    this.#rpc = new JsonRpc({
      input: this.#child.stdout,
      output: this.#child.stdin,
      messageBytesMax,
      answer: (method, path) => fileCallbacks[method as keyof typeof fileCallbacks]?.(pathOf(path), files),
      broken: (what) => this.end(`the type checker sent ${what}`),
    });
    const { pid } = this.#child;
    const release = pid === undefined ? () => {} : endsWithUs(pid);
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.end(`the type checker does not start: ${messageOf(error)}`);
        resolve();
      });
      this.#child.once('exit', (code, signal) => {
        release();
        this.end(`the type checker ended with ${signal ?? `exit code ${code}`}`);
        resolve();
      });
    });
    this.hold(false);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Rejects where the server refuses or has ended, with why in one line. */
  async request(method: string, parameters: unknown): Promise<unknown> {
    try {
      return await this.#rpc.request(method, parameters);
    } catch (error) {
      if (this.#ended) throw error;
      // A fault of its own comes with its stack.
      const [line = ''] = messageOf(error).split('\n', 1);
      throw new Error(`the type checker failed: ${line.slice(0, refusalCharactersMax)}`);
    }
  }

  /** Kills the process; what is under way is rejected with `reason`. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rpc.close(reason);
    this.#child.kill('SIGKILL');
  }

  /** Once the process is gone. */
  exited(): Promise<void> {
    this.#child.ref();
    return this.#exited;
  }

  /** Whether the process keeps ours alive: only while somebody waits for its answer. */
  hold(isBusy: boolean): void {
    // Once it is being ended, whoever waits for that needs the process to stay.
    if (this.#ended) return;
    for (const handle of [this.#child, this.#child.stdin, this.#child.stdout] as {
      ref(): void;
      unref(): void;
    }[])
      isBusy ? handle.ref() : handle.unref();
  }

  /** Undefined off Linux, and where the process is gone. */
  residentMebibytes(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
      const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
      return Number.isNaN(kibibytes) ? undefined : kibibytes / kibibyte;
    } catch {
      return undefined;
    }
  }
}

interface Files {
  read(path: string): string | undefined;
  isLibrary(path: string): boolean;
}

/** The server's questions about files. `null` lets it look at the disk itself, which only library files may be. */
const fileCallbacks = {
  readFile: (path: string, files: Files) =>
    files.isLibrary(path) ? null : { content: files.read(path) ?? null },
  fileExists: (path: string, files: Files) => (files.isLibrary(path) ? null : files.read(path) !== undefined),
  directoryExists: (path: string) => !path.includes('/node_modules'),
  getAccessibleEntries: () => ({ files: [], directories: [] }),
  realpath: (path: string) => path,
};

function pathOf(parameters: unknown): string {
  return String(Array.isArray(parameters) ? parameters[0] : parameters);
}

let programFound: string | undefined;

/** The package for this platform stands beside `typescript`, wherever that is. */
function findProgram(): string {
  if (programFound !== undefined) return programFound;
  const { platform, arch } = process;
  const own = createRequire(import.meta.url).resolve('typescript/package.json');
  const name = `@typescript/typescript-${platform}-${arch}`;
  let file: string;
  try {
    const folder = dirname(createRequire(own).resolve(`${name}/package.json`));
    file = join(folder, 'lib', platform === 'win32' ? 'tsc.exe' : 'tsc');
  } catch {
    throw new Error(`the type checker's package ${name} is not installed`);
  }
  if (!existsSync(file)) throw new Error(`the type checker's program is missing from the package ${name}`);
  programFound = file;
  return file;
}
