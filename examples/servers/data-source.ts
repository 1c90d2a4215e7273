/** A store of sensor readings, half a megabyte a day: what a script reduces before an agent sees any of it. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { structured } from './structured.ts';

const days = 8;
const readingsPerDay = 8_000;
const sensors = 12;
/** Sensor 7 runs hot from the afternoon of day 5. */
const faulty = { sensor: 7, day: 5, from: 5_000, celsius: 41 };

const day = z.number().int().min(1).max(days);
const row = z.object({
  at: z.string().describe('ISO 8601'),
  sensor: z.number().int(),
  celsius: z.number(),
});

const annotations = { readOnlyHint: true, openWorldHint: false };

serveStdio(() => {
  const server = new McpServer({ name: 'data-source', version: '1.0.0' });

  server.registerTool(
    'list_days',
    {
      description: 'The days for which there are readings, with their number.',
      inputSchema: z.object({}),
      outputSchema: z.object({ days: z.array(z.object({ day, readings: z.number().int() })) }),
      annotations,
    },
    () =>
      structured({
        days: Array.from({ length: days }, (_, index) => ({ day: index + 1, readings: readingsPerDay })),
      }),
  );

  server.registerTool(
    'read_day',
    {
      description: 'All readings of one day, about half a megabyte.',
      inputSchema: z.object({ day }),
      outputSchema: z.object({ readings: z.array(row) }),
      annotations,
    },
    ({ day: wanted }) => structured({ readings: readingsOf(wanted) }),
  );

  return server;
});

function readingsOf(wanted: number): z.infer<typeof row>[] {
  const random = randomFrom(wanted);
  const midnight = Date.UTC(2026, 5, wanted);
  return Array.from({ length: readingsPerDay }, (_, index) => {
    const sensor = 1 + (index % sensors);
    const normal = 21 + Math.round(40 * random()) / 10;
    const hot = sensor === faulty.sensor && wanted === faulty.day && index >= faulty.from;
    return {
      at: new Date(midnight + index * 10_800).toISOString(),
      sensor,
      celsius: hot ? faulty.celsius : normal,
    };
  });
}

/** The same numbers from 0 to 1 for the same seed (mulberry32, Tommy Ettinger 2017, public domain). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
