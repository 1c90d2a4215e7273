/** `runs list|show|replay`: what was run, from the storage. */
import { styleText } from 'node:util';
import type { RecordedCall, RunRecord } from '../execution/run-record.ts';
import { shownRecord } from '../execution/run-view.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { describeDifference, firstDifference } from '../policies/difference.ts';
import { counted, printable } from '../text.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { printRun } from './run.ts';
import { type CommonOptions, withSession } from './session.ts';
import { readScript } from './source.ts';
import { paint } from './terminal.ts';

type Options = CommonOptions & { readonly json?: boolean };

const argumentCharactersMax = 160;
const { stdout, stderr } = process;

/** `runs list`. */
export async function listRuns(options: Options): Promise<void> {
  await withSession(options, async ({ orchestrator }) => {
    const runs = await orchestrator.runs.list();
    if (options.json) print(JSON.stringify(runs));
    else if (runs.length === 0) console.error(noneHint(orchestrator));
    for (const { run_id, status, started_at, wall_ms, calls, title } of options.json ? [] : runs) {
      const state = paint(status === 'success' ? 'green' : 'red', status.padEnd(11), stdout);
      const when = started_at.replace('T', ' ').slice(0, 19);
      print(
        `${run_id}  ${when}  ${state} ${String(calls).padStart(5)} calls ${Math.round(wall_ms)} ms  ${title}`,
      );
    }
    return exitCodes.success;
  });
}

/** `runs show ID`. @throws OrchestratorError `run_unknown` */
export async function showRun(id: string, options: Options): Promise<void> {
  await withSession(options, async ({ orchestrator }) => {
    const record = await recordOf(orchestrator, id);
    if (options.json) print(JSON.stringify(shownRecord(record)));
    else for (const line of describe(record)) print(line);
    return exitCodes.success;
  });
}

/** `runs replay ID`: the exit code is that of the new run. @throws OrchestratorError `run_unknown` */
export async function replayRun(id: string, options: Options & { with?: string }): Promise<void> {
  const other = options.with === undefined ? undefined : await readScript(options.with);
  await withSession(options, async ({ orchestrator, signal }) => {
    const record = await recordOf(orchestrator, id);
    const result = await orchestrator.runner.run({
      code: other ?? record.script,
      input: record.input,
      replay: record,
      signal,
    });
    const difference = firstDifference(record.result?.result ?? null, result.result ?? null, 'result');
    if (options.json) print(JSON.stringify(result));
    else {
      stdout.write(printable(result.output, stdout));
      printRun(result, orchestrator.storage);
      const isSame = difference === undefined && result.status === record.status;
      console.error(
        isSame
          ? paint('green', `the same as ${record.run_id}`, stderr)
          : paint(
              'yellow',
              `differs from ${record.run_id}: ${difference ? describeDifference(difference) : `${record.status} then, ${result.status} now`}`,
              stderr,
            ),
      );
    }
    return exitCodeOf(result.status);
  });
}

/** @throws OrchestratorError `run_unknown` */
async function recordOf({ runs }: Orchestrator, id: string): Promise<RunRecord> {
  const wanted = id === 'last' ? (await runs.list())[0]?.run_id : id;
  const record = wanted === undefined ? undefined : await runs.get(wanted);
  if (!record) throw runs.unknown(id);
  return record;
}

function describe(record: RunRecord): string[] {
  const { run_id, status, started_at, principal, script, calls, result, output = '', request } = record;
  const shown = shownRecord(record) as { calls: (RecordedCall & { args?: unknown; value?: unknown })[] };
  const how = Object.entries(request).map(([key, value]) => `${key}: ${value}`);
  return [
    styleText('bold', `${run_id}: ${status}`, { stream: stdout }),
    [started_at, `by ${principal}`, ...how, counted(calls.length, 'call')].join(', '),
    '',
    ...script
      .trimEnd()
      .split('\n')
      .map((line, index) => `${String(index + 1).padStart(4)} | ${line}`),
    '',
    ...shown.calls.map((call) => {
      const { index, server, tool, line, ok, ms, error, outcome, answered_by, args, value } = call;
      const end = ok ? brief(value) : `${error}${outcome === 'failed' ? '' : ` (outcome ${outcome})`}`;
      const from = answered_by === undefined ? '' : ` [${answered_by}]`;
      const place = line === undefined ? '' : ` line ${line}`;
      return `#${index} ${server}.${tool}(${brief(args)})${place} ${ms} ms${from}: ${end}`;
    }),
    ...section('output', result?.output ?? output),
    ...section('result', result?.result === undefined ? '' : JSON.stringify(result.result, undefined, 2)),
    ...section('error', result?.error ? `${result.error.kind}: ${result.error.message}` : ''),
  ];
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : ['', `${title}:`, text.trimEnd()];
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > argumentCharactersMax
    ? `${text.slice(0, argumentCharactersMax)}... (${text.length} characters)`
    : text;
}

function noneHint({ storage }: Orchestrator): string {
  return storage.driver === 'memory'
    ? 'No runs: their records are kept in memory only and end with the process. Set "storage": "file" under "orchestrator" to keep them.'
    : 'No runs yet.';
}

function print(text: string): void {
  stdout.write(`${printable(text, stdout)}\n`);
}
