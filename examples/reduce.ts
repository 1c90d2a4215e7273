/**
 * Large data in, one line out: sixty-four thousand sensor readings pass through the script, and what the agent sees
 * is which sensor is broken and since when. Two days are read at a time, so that memory holds no more than that.
 */
import { data_source } from '../generated/unified_api.ts';

const threshold = 35;
const { days } = await data_source.list_days({});

let characters = 0;
let readings = 0;
const hot = new Map<number, { sensor: number; since: string; count: number }>();

for (let first = 0; first < days.length; first += 2) {
  const parts = await Promise.all(
    days.slice(first, first + 2).map(({ day }) => data_source.read_day({ day })),
  );
  for (const part of parts) {
    characters += JSON.stringify(part).length;
    readings += part.readings.length;
    for (const { at, sensor, celsius } of part.readings) {
      if (celsius < threshold) continue;
      const seen = hot.get(sensor) ?? { sensor, since: at, count: 0 };
      seen.count += 1;
      hot.set(sensor, seen);
    }
  }
}

const megabytes = Math.round(characters / 100_000) / 10;
const [broken, ...others] = hot.values();
if (!broken || others.length > 0 || broken.sensor !== 7)
  throw new Error(`hot sensors: ${JSON.stringify([...hot.values()])}`);
if (megabytes < 2) throw new Error(`only ${megabytes} MB were read`);
if (readings !== days.reduce((sum, day) => sum + day.readings, 0))
  throw new Error(`${readings} readings is not all of them`);

const finding = `sensor ${broken.sensor} reads over ${threshold} degrees since ${broken.since}, ${broken.count} times`;
console.log(`${readings} readings, ${megabytes} MB: ${finding}`);
export default finding;
