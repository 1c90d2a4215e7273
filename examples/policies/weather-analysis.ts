/** One city's week: extremes, heat, rain, and a recommendation. */
import { definePolicy, type PolicyInput, z } from 'mcp-tools-orchestrator/policy';
import { weather } from '../../generated/unified_api.ts';

export const policy = definePolicy({
  description: "Analyses one city's weather for up to a week: extremes, heat, rain, and what to plan for.",
  input: z.object({
    city: z.string().min(1).describe('As weather.list_cities has it'),
    days: z.number().int().min(1).max(7).default(7),
    hot_celsius: z.number().default(30).describe('From here on a day is hot'),
  }),
  output: z.object({
    city: z.string(),
    days: z.number(),
    mean_celsius: z.number(),
    hottest: z.object({ date: z.string(), celsius: z.number() }),
    hot_days: z.array(z.string()),
    rain_mm: z.number(),
    advice: z.string(),
  }),
  tools: ['weather.forecast'],
  expose: true,
});

export default async ({ city, days, hot_celsius }: PolicyInput<typeof policy>) => {
  const forecast = await weather.forecast({ city, days });
  const temperatures = forecast.days.map((day) => day.celsius_noon);
  const [hottest] = forecast.days.toSorted((a, b) => b.celsius_noon - a.celsius_noon);
  if (!hottest) throw new Error(`There is no forecast for ${city}.`);
  const hotDays = forecast.days.filter((day) => day.celsius_noon >= hot_celsius).map((day) => day.date);
  const rain = forecast.days.reduce((sum, day) => sum + day.rain_mm, 0);
  const advice = [
    hotDays.length >= 3 ? 'Heat wave: move outdoor work to the morning.' : '',
    rain > 10 ? 'Rain: plan for indoors.' : '',
  ].filter(Boolean);
  return {
    city: forecast.city,
    days: forecast.days.length,
    mean_celsius:
      Math.round((10 * temperatures.reduce((sum, one) => sum + one, 0)) / temperatures.length) / 10,
    hottest: { date: hottest.date, celsius: hottest.celsius_noon },
    hot_days: hotDays,
    rain_mm: rain,
    advice: advice.join(' ') || 'Nothing to plan for.',
  };
};
