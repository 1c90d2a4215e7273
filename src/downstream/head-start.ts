/**
 * Processes of stdio servers that are started before there is anybody to speak to them: whoever names a server wants it in
 * a moment, and loading the rest of our program takes as long as it needs to start. Its first connection takes the process
 * over; one that nobody takes is ended.
 */
import type { ServerConfig, StdioServerConfig } from '../config/types.ts';
import { createRedact } from './problem.ts';
import { StdioTransport, type StdioTransportOptions } from './stdio-transport.ts';

/** By the entry itself: one that was changed meanwhile is another one. */
const waiting = new Map<StdioServerConfig, StdioTransport>();
/** A program that stays asks all its servers long before. */
const waitingMsMax = 30_000;

/** Starts its process, unless each of those who call it has a connection of their own. What becomes of it, the connection tells. */
export function startAhead(config: ServerConfig, options: Omit<StdioTransportOptions, 'redact'>): void {
  if (config.transport !== 'stdio' || config.scope !== undefined || waiting.has(config)) return;
  const transport = new StdioTransport(config, { ...options, redact: createRedact(config) });
  transport.begin();
  waiting.set(config, transport);
  setTimeout(() => void endOne(config, transport), waitingMsMax).unref();
}

/** What was started ahead for this entry, to its first caller; undefined also where it has ended: a new one is to say why. */
export function takeAhead(config: StdioServerConfig): StdioTransport | undefined {
  const transport = waiting.get(config);
  waiting.delete(config);
  return transport?.ended === undefined ? transport : undefined;
}

/** Ends what nobody took. Afterwards nothing of it is left. */
export async function endAhead(): Promise<void> {
  await Promise.all([...waiting].map(([config, transport]) => endOne(config, transport)));
}

async function endOne(config: StdioServerConfig, transport: StdioTransport): Promise<void> {
  if (waiting.get(config) !== transport) return;
  waiting.delete(config);
  await transport.close();
}
