/**
 * `npm run bench`: ourselves against the SDK's own client and server, side by side. Options after `--`:
 * NAME... (rows whose name contains one of them), `--quick` (fewer repetitions), `--json` (for programs). With BENCH_SEARCH_SET, a folder of
 * `corpus.json` and `golden.json`, search is judged on that set as well.
 */
import { parseArgs } from 'node:util';
import { fullEffort, quickEffort } from './measure.ts';
import { callGroups } from './rows/calls.ts';
import { computeGroups } from './rows/compute.ts';
import { footprintGroups } from './rows/footprint.ts';
import { gatewayGroups } from './rows/gateway.ts';
import type { Measured, RowPlan } from './rows/group.ts';
import { httpLoadGroups } from './rows/http-load.ts';
import { resumeGroups } from './rows/resume.ts';
import { scriptGroups } from './rows/scripts.ts';
import { searchGroups } from './rows/search.ts';
import { soakGroups } from './rows/soak.ts';
import { splitGroups } from './rows/split.ts';
import { startGroups } from './rows/start.ts';
import { requireBuild } from './subjects.ts';

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly floor: number | null;
  readonly ratio: number | null;
  readonly bar: number | null;
  /** Which number the bar is for. */
  readonly bar_on: 'ours' | 'ratio' | 'added' | null;
  readonly ok: boolean | null;
}

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

const groups = [
  // Minutes long: only where asked for.
  ...(names.some((name) => name.startsWith('soak')) ? soakGroups : []),
  ...startGroups,
  ...scriptGroups,
  ...callGroups,
  ...splitGroups,
  ...resumeGroups,
  ...computeGroups,
  ...footprintGroups,
  ...searchGroups,
  ...gatewayGroups,
  ...httpLoadGroups,
].filter(({ rows }) => rows.some(isWanted));
if (groups.length === 0) {
  process.stderr.write(`No row's name contains ${names.map((name) => JSON.stringify(name)).join(' or ')}.\n`);
  process.exit(2);
}
requireBuild();
const startedAt = performance.now();
const rows: Row[] = [];
for (const group of groups) {
  for (const { name } of group.rows) process.stderr.write(`${name}\n`);
  const measured = await group.measure(options.quick ? quickEffort : fullEffort);
  rows.push(...group.rows.flatMap((plan, place) => (isWanted(plan) ? [rowOf(plan, measured[place])] : [])));
}
process.stdout.write(options.json ? `${JSON.stringify({ rows })}\n` : tableOf(rows));

function isWanted(plan: RowPlan): boolean {
  return names.length === 0 || names.some((name) => plan.name.includes(name));
}

function rowOf({ name, unit, bar }: RowPlan, measured: Measured | undefined): Row {
  if (!measured) throw new Error(`"${name}" was not measured.`);
  const { ours, floor } = measured;
  const ratio = floor === undefined ? null : ours / floor;
  const added = floor === undefined ? null : ours - floor;
  const judged = { ratio, added, ours }[bar?.on ?? 'ours'];
  return {
    name,
    unit,
    ours: rounded(ours),
    floor: floor === undefined ? null : rounded(floor),
    ratio: ratio === null ? null : rounded(ratio),
    bar: bar?.value ?? null,
    bar_on: bar?.on ?? null,
    ok: bar === undefined || judged === null ? null : judged <= bar.value,
  };
}

/** Three digits say all that such measurements can; whole numbers are kept. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}

function tableOf(all: readonly Row[]): string {
  const cells = all.map(({ name, unit, ours, floor, ratio, bar, bar_on, ok }) => [
    name,
    `${shown(ours)} ${unit}`,
    floor === null ? '-' : shown(floor),
    ratio === null ? '-' : `${shown(ratio)} x`,
    bar === null
      ? '-'
      : bar_on === 'ratio'
        ? `${shown(bar)} x`
        : `${bar_on === 'added' ? '+' : ''}${shown(bar)} ${unit}`,
    ok === null ? '' : ok ? 'ok' : 'MISSED',
  ]);
  const table = [['', 'ours', 'floor', 'ratio', 'bar', ''], ...cells];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  const lines = table.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  const missed = all.filter(({ ok }) => ok === false).length;
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  return `${lines.join('\n')}\n\n${all.length} rows in ${seconds} s, ${missed === 0 ? 'every bar met' : `${missed} missed`}. Medians; what the floor is: docs/benchmarks.md\n`;
}

function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
