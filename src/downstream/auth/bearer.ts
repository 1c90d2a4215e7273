/** A token from the environment, a file or a program; the last two are asked again when the server refuses it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isToken } from '../../config/auth-fields.ts';
import type { BearerAuth } from '../../config/auth-types.ts';
import type { Limits } from '../../limits.ts';
import { AuthError, scopeWanted } from './auth-error.ts';
import { LiveSecrets } from './live-secrets.ts';
import type { Credentials, Refusal } from './port.ts';

const outputBytesMax = 64 * 1_024;

export class BearerCredentials implements Credentials {
  readonly secrets = new LiveSecrets();
  readonly #source: BearerAuth['source'];
  readonly #limits: Limits;
  #token: string | undefined;
  #reading: Promise<string> | undefined;

  constructor({ source }: BearerAuth, limits: Limits) {
    this.#source = source;
    this.#limits = limits;
  }

  async token(): Promise<string> {
    return this.#token ?? this.#read();
  }

  async renew(refusal: Refusal): Promise<string> {
    if ('env' in this.#source) throw this.explain(refusal);
    // Another request may have been faster.
    const token = this.#token !== refusal.token ? await this.token() : await this.#read();
    if (token === refusal.token) throw this.explain(refusal);
    return token;
  }

  explain({ status, challenge }: Refusal): AuthError {
    if (status === 403) {
      return new AuthError(
        `the token of ${this.#place()} does not permit this (HTTP 403)${scopeWanted(challenge)}`,
        'Put a token there that permits it.',
      );
    }
    return new AuthError(
      `it refuses the token of ${this.#place()} (HTTP 401)`,
      'Check that it is the right one and has not expired.',
    );
  }

  /** Concurrent requests share one reading. */
  #read(): Promise<string> {
    this.#reading ??= this.#fetch().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #fetch(): Promise<string> {
    const source = this.#source;
    const text =
      'env' in source
        ? source.token
        : 'file' in source
          ? await readToken(source.file)
          : await printedToken(source, this.#limits.tokenCommandMsMax);
    const token = text.trim();
    if (!isToken(token)) {
      throw new AuthError(
        `no token is to be had: ${this.#place()} ${token === '' ? 'gives nothing' : 'gives more than one word'}`,
        'It must give the token and nothing else.',
      );
    }
    this.secrets.add(token);
    this.#token = token;
    return token;
  }

  #place(): string {
    const source = this.#source;
    if ('env' in source) return `the environment variable ${source.env}`;
    // Arguments may hold secrets of their own.
    return 'file' in source ? `the file ${source.file}` : `the command "${source.command[0]}"`;
  }
}

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const wrong = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new AuthError(
      `no token is to be had: the file ${file} ${wrong}`,
      'Write the token into it, or name another file in "auth".',
      error,
    );
  }
}

function printedToken(
  { command: [program, ...args], cwd }: Extract<BearerAuth['source'], { command: unknown }>,
  msMax: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: msMax, killSignal: 'SIGKILL', maxBuffer: outputBytesMax } as const;
    const child = execFile(program, args, options, (error, stdout) => {
      if (!error) return resolve(stdout);
      // What it printed is not told: it may be the token.
      const how =
        error.code === 'ENOENT'
          ? 'cannot be found'
          : error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
            ? `printed more than ${outputBytesMax} bytes`
            : error.killed
              ? `took longer than ${msMax} ms (tokenCommandMsMax)`
              : typeof error.code === 'number'
                ? `ended with exit code ${error.code}`
                : `ended with ${error.signal ?? error.code}`;
      reject(
        new AuthError(
          `no token is to be had: the command "${program}" ${how}`,
          'Run the command of "auth" by hand to see why.',
        ),
      );
    });
    child.stdin?.end();
  });
}
