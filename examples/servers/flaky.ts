/** A weather service that fails some calls, always the same ones: what a fan-out with retries is up against. */
import { setTimeout as delay } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { structured } from './structured.ts';

const stations = 40;
const offlineStation = 13;
const answerMs = 20;

const reading = z.object({ station: z.number().int(), celsius: z.number(), attempt: z.number().int() });
const counters = z.object({
  calls: z.number().int(),
  failures: z.number().int(),
  in_flight_max: z.number().int().describe('most calls under way at once'),
});

const attempts = new Map<number, number>();
const counted = { calls: 0, failures: 0, in_flight_max: 0 };
let inFlight = 0;

serveStdio(() => {
  const server = new McpServer({ name: 'flaky', version: '1.0.0' });

  server.registerTool(
    'reset',
    {
      description: 'Forget all earlier calls, so that the same ones fail again.',
      inputSchema: z.object({}),
      outputSchema: z.object({ stations: z.number().int().describe('stations are numbered from 1 to this') }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    () => {
      attempts.clear();
      Object.assign(counted, { calls: 0, failures: 0, in_flight_max: 0 });
      return structured({ stations });
    },
  );

  server.registerTool(
    'get_reading',
    {
      description:
        'The temperature at one station. A "busy" failure passes if the call is repeated; "offline" does not.',
      inputSchema: z.object({ station: z.number().int().min(1).max(stations) }),
      outputSchema: reading,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ station }) => {
      inFlight += 1;
      counted.calls += 1;
      counted.in_flight_max = Math.max(counted.in_flight_max, inFlight);
      await delay(answerMs);
      inFlight -= 1;
      const attempt = (attempts.get(station) ?? 0) + 1;
      attempts.set(station, attempt);
      const failure = failureOf(station, attempt);
      if (failure !== undefined) {
        counted.failures += 1;
        throw new Error(failure);
      }
      return structured({ station, celsius: celsiusAt(station), attempt });
    },
  );

  server.registerTool(
    'get_counters',
    {
      description: 'What the service has seen since the last reset.',
      inputSchema: z.object({}),
      outputSchema: counters,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    () => structured({ ...counted }),
  );

  return server;
});

/** Every fifth station fails once, every seventh twice, one always. */
function failureOf(station: number, attempt: number): string | undefined {
  if (station === offlineStation) return `offline: station ${station} is out of service; leave it out`;
  const failures = station % 7 === 0 ? 2 : station % 5 === 0 ? 1 : 0;
  return attempt <= failures ? `busy: station ${station}, attempt ${attempt}; try again` : undefined;
}

function celsiusAt(station: number): number {
  return ((station * 37) % 23) - 4;
}
