/** How much of what servers and scripts log a client wants to hear. */
import {
  LOG_LEVEL_META_KEY,
  type LoggingLevel,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';

const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

/** What clients of the older era said by `logging/setLevel`. */
const chosen = new WeakMap<object, LoggingLevel>();

/** Whether it is a level of the protocol. */
export function isLogLevel(value: unknown): value is LoggingLevel {
  return levels.some((level) => level === value);
}

/** From now on, for this connection. */
export function setLogLevel(server: Server, level: LoggingLevel): void {
  chosen.set(server, level);
}

/** Undefined where it said none: then all in the older era, and nothing from 2026-07-28 on. */
export function logLevelOf(server: object, { mcpReq }: ServerContext): LoggingLevel | undefined {
  if (mcpReq.envelope === undefined) return chosen.get(server);
  const level = (mcpReq.envelope as { [key: string]: unknown })[LOG_LEVEL_META_KEY];
  return isLogLevel(level) ? level : undefined;
}

/** True for a line that is less severe than the least that is wanted. Levels that nobody knows are shown. */
export function isBelow(level: string, least: LoggingLevel | undefined): boolean {
  const severity = levels.indexOf(level as LoggingLevel);
  return least !== undefined && severity >= 0 && severity < levels.indexOf(least);
}
