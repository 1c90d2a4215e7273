/** Logs go to stderr, as one JSON object a line; stdout belongs to the protocol. */
import { pino } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The part of a logger that this program uses: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** @param level the least severe level that is written */
export function createLog(level: LogLevel): Log {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/** For callers that want nothing written. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
