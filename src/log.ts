/** Logs go to stderr, as one JSON object a line; stdout belongs to the protocol. */
import { createRequire } from 'node:module';
import type { Logger } from 'pino';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof levels)[number];

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
  const writer = (own: 'debug' | 'info' | 'warn' | 'error') => {
    if (levels.indexOf(own) < levels.indexOf(level)) return () => {};
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

/** For callers that want nothing written. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
