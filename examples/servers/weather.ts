/** A weather service for a few cities in one week of June 2026; no network. One station is down, which is an error. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { structured } from './structured.ts';

const first = Date.UTC(2026, 5, 8);
const days = 7;
const dayMs = 86_400_000;

/** Celsius at noon and millimetres of rain, a day each. */
const cities: Record<string, { latitude: number; noon: number[]; rain: number[] }> = {
  Berlin: { latitude: 52.5, noon: [21, 23, 26, 31, 33, 24, 20], rain: [0, 0, 0, 2, 0, 14, 6] },
  Lisbon: { latitude: 38.7, noon: [27, 28, 30, 34, 36, 35, 29], rain: [0, 0, 0, 0, 0, 0, 1] },
  Oslo: { latitude: 59.9, noon: [15, 14, 16, 18, 19, 17, 16], rain: [8, 12, 3, 0, 1, 9, 11] },
  Rome: { latitude: 41.9, noon: [28, 29, 31, 33, 34, 32, 30], rain: [0, 0, 0, 0, 0, 3, 0] },
  Tallinn: { latitude: 59.4, noon: [16, 17, 15, 18, 20, 21, 19], rain: [2, 0, 7, 1, 0, 0, 4] },
};
const down = 'Tallinn';

const city = z.string().describe('As list_cities has it');
const day = z.object({ date: z.string(), celsius_noon: z.number(), rain_mm: z.number() });
const annotations = { readOnlyHint: true, openWorldHint: false };

serveStdio(() => {
  const server = new McpServer({ name: 'weather', version: '1.0.0' });

  server.registerTool(
    'list_cities',
    {
      description: 'The cities there are.',
      inputSchema: z.object({}),
      outputSchema: z.object({ cities: z.array(z.string()) }),
      annotations,
    },
    () => structured({ cities: Object.keys(cities) }),
  );

  server.registerTool(
    'forecast',
    {
      description: 'The days from 8 June 2026 on.',
      inputSchema: z.object({ city, days: z.number().int().min(1).max(days).default(days) }),
      outputSchema: z.object({ city: z.string(), latitude: z.number(), days: z.array(day) }),
      annotations,
    },
    ({ city: name, days: wanted }) => {
      const found = cities[name];
      if (!found) return failed(`There is no city "${name}". Cities: ${Object.keys(cities).join(', ')}.`);
      if (name === down) return failed(`The station in ${name} does not answer.`);
      const rows = found.noon.slice(0, wanted).map((celsius_noon, index) => ({
        date: new Date(first + index * dayMs).toISOString().slice(0, 10),
        celsius_noon,
        rain_mm: found.rain[index] ?? 0,
      }));
      return structured({ city: name, latitude: found.latitude, days: rows });
    },
  );

  return server;
});

function failed(text: string) {
  return { content: [{ type: 'text' as const, text }], isError: true };
}
