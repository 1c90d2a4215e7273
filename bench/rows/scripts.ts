/** What a script costs before it does anything, with and without the look at its types, and how long that look takes. */
import { type Effort, median, timed } from '../measure.ts';
import { runScript, type ScriptOptions, type Subject } from '../subjects.ts';
import { withOurs } from './connected.ts';
import { atMost, type Measured, type RowGroup, type RowPlan } from './group.ts';

const warmUpScripts = 20;
const pauseMs = 30;
const manyTools = 700;

export const scriptGroups: readonly RowGroup[] = [
  group(
    [
      { name: 'trivial script unchecked, p50', unit: 'ms', bar: atMost(3) },
      { name: 'trivial script unchecked, p50, one right after the other', unit: 'ms', bar: atMost(5) },
    ],
    {},
    async (ours, effort) => [
      await scriptMs(ours, effort, { check: 'off' }, pauseMs),
      await scriptMs(ours, effort, { check: 'off' }, 0),
    ],
  ),
  group(
    [{ name: `trivial script checked, ${manyTools} tools, p50`, unit: 'ms', bar: atMost(12) }],
    { tools: manyTools },
    async (ours, effort) => [await scriptMs(ours, effort, {}, pauseMs)],
  ),
  ...[10, 100, 700, 1_500].map((tools) => {
    const bar = tools === 700 && { bar: atMost(10) };
    return group(
      [
        { name: `type check as a script of 40 lines pays it, ${tools} tools, p50`, unit: 'ms', ...bar },
        { name: `type check alone, ${tools} tools, p50`, unit: 'ms', ...bar },
        { name: `script of 40 lines with types, unchecked, ${tools} tools, p50`, unit: 'ms' },
      ],
      { tools },
      async (ours, effort) => {
        const unchecked = await scriptMs(ours, effort, { check: 'off' }, 0, longScript);
        const checked = await scriptMs(ours, effort, {}, 0, longScript);
        const alone = await scriptMs(ours, effort, { check_only: true }, 0, longScript);
        return [checked - unchecked, alone, unchecked];
      },
    );
  }),
];

function group(
  rows: readonly RowPlan[],
  workplace: { tools?: number },
  measure: (ours: Subject, effort: Effort) => Promise<number[]>,
): RowGroup {
  return {
    rows,
    measure: (effort) =>
      withOurs(workplace, async (ours) =>
        (await measure(ours, effort)).map((ms): Measured => ({ ours: ms })),
      ),
  };
}

let scriptsMade = 0;

/** Each script is another one: nothing that is remembered of the last one helps. */
async function scriptMs(
  ours: Subject,
  { trivialScripts }: Effort,
  options: ScriptOptions,
  pauseMsBetween: number,
  script: (index: number) => string = (index) => `return ${index}`,
): Promise<number> {
  const times: number[] = [];
  for (let index = -warmUpScripts; index < trivialScripts; index += 1) {
    if (pauseMsBetween > 0) await new Promise((resolve) => setTimeout(resolve, pauseMsBetween));
    const code = script(scriptsMade++);
    const ms = await timed(() => runScript(ours, code, options));
    if (index >= 0) times.push(ms);
  }
  return median(times);
}

/** What an agent writes: an interface, a helper, a loop with a branch, and calls that it does not come to. */
function longScript(index: number): string {
  const blocks = Array.from(
    { length: 6 },
    (_, block) => `
  if (rows.length > ${block + 10}) {
    const found${block} = await bench_1.search_records_${block + 1}({ collection: 'c', query: String(rows.length), limit: 5 });
    rows.push({ name: 'found', size: String(found${block}).length });
  }`,
  ).join('\n');
  return `interface Row { name: string; size: number }
const rows: Row[] = [];
const total = (all: readonly Row[]): number => all.reduce((sum, { size }) => sum + size, 0);
for (let i = 0; i < 3; i += 1) {
  rows.push({ name: \`row \${i}\`, size: i });
${blocks}
}
return { index: ${index}, total: total(rows) };`;
}
