/** What the journal adds to a result as text: what was not done anew, what would be done, how to go on. */
import type { RunResult } from './run-result.ts';

const planCharactersMax = 3_000;

/** What was not done anew, what would be done, and how to go on. */
export function renderJournal({
  run_id,
  status,
  error,
  calls,
  reused,
  plan,
  applied,
}: Pick<RunResult, 'run_id' | 'status' | 'error' | 'calls' | 'reused' | 'plan' | 'applied'>): string {
  const hasDone = calls.some(({ ok, answered_by }) => ok && answered_by !== 'plan');
  return [
    reused &&
      `reused: ${reused.calls} calls of ${reused.run_id} were not made again, ${reused.writes} of them writes${reused.left > 0 ? `; ${reused.left} were not asked for` : ''}`,
    plan && renderPlan(plan),
    applied &&
      `applied ${applied.digest}: ${applied.done} effects${applied.left > 0 ? `, ${applied.left} of the plan left` : ''}`,
    error &&
      status !== 'type_error' &&
      hasDone &&
      `to go on from here, send a corrected script with resume_from: "${run_id}"`,
  ]
    .filter(Boolean)
    .join('\n');
}

function renderPlan({ digest, total, effects }: NonNullable<RunResult['plan']>): string {
  const rows: string[] = [];
  let characters = 0;
  for (const { server, tool, count, lines, arguments: args } of effects) {
    const where = lines.length > 0 ? ` (line ${lines.join(', ')})` : '';
    rows.push(`  ${server}.${tool} x${count}${where}`);
    for (const shown of args) {
      const row = `    ${JSON.stringify(shown)}`;
      characters += row.length;
      if (characters > planCharactersMax) break;
      rows.push(row);
    }
  }
  return [
    total === 0 ? 'plan: nothing would be changed' : `plan: ${total} effects, none of them done:`,
    ...rows,
    ...(characters > planCharactersMax ? ['    ... (the others are in `plan`)'] : []),
    ...(digest === undefined ? [] : [`to do exactly this, send the script with apply: "${digest}"`]),
  ].join('\n');
}
