/** Logs go to stderr: one JSON object a line, or text where a person reads it on a terminal; stdout belongs to the protocol. */
import { createRequire } from 'node:module';
import { styleText } from 'node:util';
import type { Logger } from 'pino';
import { printable } from './text.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof levels)[number];

type Severity = 'debug' | 'info' | 'warn' | 'error';

/** The part of a logger that this program uses: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** @param level the least severe level that is written */
export function createLog(level: LogLevel): Log {
  let logger: Logger | undefined;
  const writer = (own: Severity) => {
    if (levels.indexOf(own) < levels.indexOf(level)) return () => {};
    if (process.stderr.isTTY) return (fields: object, message: string) => show(own, fields, message);
    return (fields: object, message: string) => {
      logger ??= loadLogger(level);
      logger[own](fields, message);
    };
  };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}

/** At the first line: most starts write none, and loading the logger is a fifth of a start. */
function loadLogger(level: LogLevel): Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

const colours = { debug: 'dim', info: 'dim', warn: 'yellow', error: 'red' } as const;

/** Over a progress line, where there is one. */
function show(severity: Severity, fields: object, message: string): void {
  const { stderr } = process;
  const about = Object.entries(fields).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const text = about.length === 0 ? message : `${message} (${about.join(', ')})`;
  stderr.write(
    `\r\x1b[2K${styleText(colours[severity], `${severity}:`, { stream: stderr })} ${printable(text, stderr)}\n`,
  );
}

/** For callers that want nothing written. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
