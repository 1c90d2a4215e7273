/**
 * Fan-out with retries: asks forty stations at the same time. Some are busy and answer on the second or third try,
 * one is out of service for good. Only what is worth repeating is repeated, and one failure loses no other answer.
 */
import { flaky, ToolError } from '../generated/unified_api.ts';

const { stations } = await flaky.reset({});
const numbers = Array.from({ length: stations }, (_, index) => index + 1);

const answers = await Promise.all(numbers.map((station) => readingOf(station)));
const readings = answers.filter((answer) => 'celsius' in answer);
const failed = answers.filter((answer) => 'problem' in answer);

const warmest = readings.reduce((best, reading) => (reading.celsius > best.celsius ? reading : best));
const counters = await flaky.get_counters({});

if (readings.length !== 39 || failed.length !== 1)
  throw new Error(`${readings.length} readings, failed: ${JSON.stringify(failed)}`);
if (counters.calls !== stations + counters.failures - failed.length)
  throw new Error(`calls repeated in vain: ${JSON.stringify(counters)}`);
if (counters.in_flight_max < 2) throw new Error('the calls ran one after the other');

console.log(
  `${readings.length} of ${stations} stations; ${counters.calls} calls, ${counters.failures} failed; warmest: ${warmest.station}`,
);
export default {
  readings: readings.length,
  failed,
  warmest,
  calls: counters.calls,
  failures: counters.failures,
};

async function readingOf(station: number, attempts = 4) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await flaky.get_reading({ station });
    } catch (error) {
      if (!(error instanceof ToolError) || error.retrySafe !== 'yes') throw error;
      const temporary = error.message.includes('busy');
      if (!temporary || attempt === attempts) return { station, problem: error.message };
      await new Promise<void>((resolve) => setTimeout(resolve, 10 * 2 ** attempt));
    }
  }
}
