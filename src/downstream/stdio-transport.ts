/** Speaks to a server over the stdin and stdout of a child process, in a process group of its own. */
import { existsSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { StdioServerConfig } from '../config/types.ts';
import type { Limits } from '../limits.ts';
import { LineReader } from './line-reader.ts';
import { cleanText, type Redact } from './problem.ts';
import { ProcessGroup } from './process-group.ts';
import { tooLargeResponse } from './raw-results.ts';

/** After its exit, how long the last messages of a process may still be read. */
const drainMsMax = 200;
const stderrLineCharactersMax = 500;
/** Of a line of stderr or garbage, read before secrets are hidden in it: a secret that is cut would not be found. */
const rawLineCharactersMax = 65_536;
const garbageCharactersMax = 200;

export interface StdioTransportOptions {
  readonly limits: Limits;
  readonly defaultEnvironment: Readonly<Record<string, string>>;
  /** Hides the server's secrets in what it prints. */
  readonly redact: Redact;
}

/** The process could not be started at all: wrong command, wrong folder, no permission. */
export class StartError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, cause: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}

/** One life of one server process. Not restartable: a new connection makes a new transport. */
export class StdioTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: ((message: JSONRPCMessage) => void) | undefined;

  /** Bytes of the message being delivered. */
  messageBytes = 0;
  /** Lines on stdout that were no messages, and the first of them. */
  garbage: { count: number; first: string } | undefined;
  /** How the process ended, where it did so by itself: `exit code 1`, `signal SIGKILL`. */
  ended: string | undefined;

  /** The SDK knows a stdio transport (and how to read its silence) by the members `pid` and `stderr`. */
  readonly stderr = null;

  readonly #config: StdioServerConfig;
  readonly #options: StdioTransportOptions;
  readonly #stderrLines: string[] = [];
  #started: Promise<void> | undefined;
  #group: ProcessGroup | undefined;
  /** From the end of the process to the end of its output. */
  #draining: Promise<void> | undefined;
  #closed = false;
  /** Whether the last message went into the pipe at once. */
  #isTaken = true;

  constructor(config: StdioServerConfig, options: StdioTransportOptions) {
    this.#config = config;
    this.#options = options;
  }

  get pid(): number | null {
    return this.#group?.child.pid ?? null;
  }

  /** The last lines of the server's stderr, oldest first. */
  lastStderr(): string[] {
    return [...this.#stderrLines];
  }

  /** Starts the process before anybody listens to it; what becomes of it, `start` tells. */
  begin(): void {
    this.#started ??= this.#start();
    this.#started.catch(() => {});
  }

  /** @throws StartError where no process could be started */
  start(): Promise<void> {
    this.begin();
    return this.#started as Promise<void>;
  }

  async #start(): Promise<void> {
    const { command, args, cwd } = this.#config;
    const env = { ...this.#options.defaultEnvironment, ...this.#config.env };
    const group = new ProcessGroup({ command, args, env, cwd });
    this.#group = group;
    this.#readStdout(group);
    this.#readStderr(group);
    group.child.stdin.on('error', (error) => this.onerror?.(error));
    group.child.once('exit', (code, signal) => {
      this.ended ??= signal === null ? `exit code ${code}` : `signal ${signal}`;
      this.#draining = drained(group);
      this.#draining.then(() => this.#end());
    });
    await new Promise<void>((resolve, reject) => {
      group.child.once('spawn', resolve);
      group.child.once('error', (error) => {
        reject(startError(error, this.#config, env));
        this.#end();
      });
    });
  }

  /** Writes without waiting until it is taken. @returns false where nobody is there to take it */
  post(message: JSONRPCMessage): boolean {
    const group = this.#group;
    if (!group || this.#closed || this.ended !== undefined) return false;
    this.#isTaken = group.child.stdin.write(`${JSON.stringify(message)}\n`);
    return true;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.post(message)) throw new Error('Not connected');
    const stdin = this.#group?.child.stdin;
    if (!stdin || this.#isTaken) return;
    await new Promise<void>((resolve) => {
      stdin.once('drain', resolve);
      stdin.once('close', resolve);
    });
  }

  /** Ends the process and everything it started. Resolves when none of them is left. */
  async close(): Promise<void> {
    // A process that ended by itself has said why, and the end of its group closes the pipes.
    await this.#draining;
    this.#end();
    await this.#group?.end(this.#options.limits.closeMsMax);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A group whose leader died still holds its children: they are ended in any case.
    this.#group?.end(this.#options.limits.closeMsMax);
    this.onclose?.();
  }

  #readStdout(group: ProcessGroup): void {
    const reader = new LineReader({
      lineBytesMax: this.#options.limits.messageBytesMax,
      onLine: (line) => this.#receive(line),
      onOversize: (head, tail, bytes) => this.#receiveOversize(head, tail, bytes),
    });
    group.child.stdout.on('data', (chunk: Buffer) => {
      if (!this.#closed) reader.push(chunk);
    });
    group.child.stdout.on('error', (error) => this.onerror?.(error));
  }

  #receive(line: Buffer): void {
    const parsed = parseMessage(line);
    if (parsed === undefined) {
      this.#noteGarbage(line);
      return;
    }
    this.messageBytes = line.length;
    if (!Array.isArray(parsed)) return this.onmessage?.(parsed);
    // Arrays are the batches of protocol revision 2025-03-26.
    for (const message of parsed) this.onmessage?.(message);
  }

  #receiveOversize(head: string, tail: string, bytes: number): void {
    const id = responseId(head, tail);
    if (id !== undefined) {
      this.onmessage?.(tooLargeResponse(id, bytes, this.#options.limits.messageBytesMax));
      return;
    }
    // Whose message it was cannot be told, so its caller would wait in vain: the connection is of no more use.
    this.ended = `a message of ${bytes} bytes, over the limit of ${this.#options.limits.messageBytesMax} (messageBytesMax)`;
    this.#end();
  }

  #noteGarbage(line: Buffer): void {
    const raw = line.subarray(0, rawLineCharactersMax).toString('utf8');
    if (cleanText(raw, garbageCharactersMax) === '') return;
    const first = this.garbage?.first ?? cleanText(this.#options.redact(raw), garbageCharactersMax);
    this.garbage = { count: (this.garbage?.count ?? 0) + 1, first };
  }

  #readStderr(group: ProcessGroup): void {
    const { redact, limits } = this.#options;
    const { stderrLinesMax } = limits;
    const decoder = new StringDecoder('utf8');
    let partial = '';
    const keep = (line: string) => {
      const text = cleanText(redact(line), stderrLineCharactersMax);
      if (text !== '') this.#stderrLines.push(text);
      if (this.#stderrLines.length > stderrLinesMax) this.#stderrLines.shift();
    };
    group.child.stderr.on('data', (chunk: Buffer) => {
      const lines = (partial + decoder.write(chunk)).split('\n');
      partial = (lines.pop() ?? '').slice(0, rawLineCharactersMax);
      for (const line of lines.slice(-stderrLinesMax)) keep(line);
    });
    group.child.stderr.on('end', () => keep(partial));
    group.child.stderr.on('error', (error) => this.onerror?.(error));
  }
}

/** Resolves when all that the ended process wrote has been read, or after drainMsMax. */
async function drained(group: ProcessGroup): Promise<void> {
  const { stdout, stderr } = group.child;
  const open = [stdout, stderr].filter((stream) => !stream.readableEnded && !stream.destroyed);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    // A grandchild may hold a pipe open for ever. Once more around the event loop: where we were busy for so long,
    // what waits in the pipes is read after this timer.
    timer = setTimeout(() => setImmediate(resolve), drainMsMax);
  });
  const ended = open.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve)));
  await Promise.race([Promise.all(ended), late]);
  clearTimeout(timer);
}

/** A line that is a message (or a batch of them), else undefined: banners and prints are common on stdout. */
function parseMessage(line: Buffer): JSONRPCMessage | JSONRPCMessage[] | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    const isMessage = Array.isArray(value) ? value.every(isJsonRpc) : isJsonRpc(value);
    return isMessage ? (value as JSONRPCMessage | JSONRPCMessage[]) : undefined;
  } catch {
    return undefined;
  }
}

function isJsonRpc(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value && value.jsonrpc === '2.0';
}

/** The id of a response of which only the ends are known: ours are written before or after `result`. */
function responseId(head: string, tail: string): number | undefined {
  const first = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d+)\s*,/.exec(head);
  const last = /,\s*"id"\s*:\s*(\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail);
  const found = first?.[1] ?? last?.[1];
  return found === undefined ? undefined : Number(found);
}

function startError(
  error: Error,
  config: StdioServerConfig,
  env: Readonly<Record<string, string>>,
): StartError {
  const code = 'code' in error ? error.code : undefined;
  if (!existsSync(config.cwd)) {
    return new StartError(
      `its working directory "${config.cwd}" does not exist`,
      'Correct "cwd" of this server in the configuration.',
      error,
    );
  }
  if (code === 'ENOENT' && /[\\/]/.test(config.command)) {
    return new StartError(
      `the file "${config.command}" does not exist (working directory "${config.cwd}")`,
      'Correct "command" of this server in the configuration.',
      error,
    );
  }
  if (code === 'ENOENT') {
    return new StartError(
      `the command "${config.command}" was not found on PATH (searched: ${env.PATH ?? env.Path ?? 'PATH is not set'})`,
      installHint(config.command),
      error,
    );
  }
  if (code === 'EACCES') {
    return new StartError(
      `the command "${config.command}" may not be executed`,
      'Make the file executable, or start it through its interpreter ("command": "node", "args": ["file.js"]).',
      error,
    );
  }
  return new StartError(
    `the command "${config.command}" cannot be started: ${error.message}`,
    'Check "command" of this server.',
    error,
  );
}

function installHint(command: string): string {
  const [program = '', ...rest] = command.trim().split(/\s+/);
  return rest.length === 0
    ? `Install "${command}", or set "command" of this server to its full path.`
    : `"command" names one program: write "command": "${program}", and what follows it into "args".`;
}
