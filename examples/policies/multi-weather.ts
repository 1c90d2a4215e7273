/** Several cities at once: those that cannot be asked do not hold up the others. */
import { definePolicy, type PolicyInput, z } from 'mcp-tools-orchestrator/policy';
import { ToolError, weather } from '../../generated/unified_api.ts';

export const policy = definePolicy({
  description:
    'Compares the weather of several cities, all of them where none is named, and finds the best one.',
  input: z.object({
    cities: z.array(z.string().min(1)).max(50).optional().describe('All where absent'),
    days: z.number().int().min(1).max(7).default(3),
    ideal_celsius: z.number().default(24),
  }),
  output: z.object({
    ranking: z.array(z.object({ city: z.string(), mean_celsius: z.number(), rain_mm: z.number() })),
    best: z.string().optional(),
    failed: z.array(z.object({ city: z.string(), reason: z.string() })),
  }),
  tools: ['weather.list_cities', 'weather.forecast'],
  expose: true,
});

export default async ({ cities, days, ideal_celsius }: PolicyInput<typeof policy>) => {
  const wanted = cities ?? (await weather.list_cities({})).cities;
  const failed: { city: string; reason: string }[] = [];
  const found = await Promise.all(
    wanted.map(async (city) => {
      try {
        return [await weather.forecast({ city, days })];
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        failed.push({ city, reason: error.message });
        return [];
      }
    }),
  );
  const ranking = found
    .flat()
    .map((forecast) => ({
      city: forecast.city,
      mean_celsius:
        Math.round(
          (10 * forecast.days.reduce((sum, day) => sum + day.celsius_noon, 0)) / forecast.days.length,
        ) / 10,
      rain_mm: forecast.days.reduce((sum, day) => sum + day.rain_mm, 0),
    }))
    .sort((a, b) => cost(a, ideal_celsius) - cost(b, ideal_celsius));
  failed.sort((a, b) => a.city.localeCompare(b.city));
  return { ranking, ...(ranking[0] && { best: ranking[0].city }), failed };
};

/** A millimetre of rain is as bad as half a degree. */
function cost(one: { mean_celsius: number; rain_mm: number }, ideal: number): number {
  return Math.abs(one.mean_celsius - ideal) + one.rain_mm / 2;
}
