/** What the journal adds to a result as text: what was not done anew, what would be done, how to go on. */
import type { RunResult } from './run-result.ts';

const planCharactersMax = 3_000;

/** How to go on, in the words of whoever reads the result. */
export interface NextSteps {
  resume(runId: string): string;
  apply(digest: string): string;
}

const agentSteps: NextSteps = {
  resume: (runId) => `to go on from here, send it again, corrected, with resume_from: "${runId}"`,
  apply: (digest) => `to do exactly this, send the script with apply: "${digest}"`,
};

type JournalRun = Pick<RunResult, 'run_id' | 'status' | 'error' | 'calls' | 'reused' | 'plan' | 'applied'>;

/** What was not done anew, what would be done, and how to go on. */
export function renderJournal(run: JournalRun, steps: NextSteps = agentSteps): string {
  const { run_id, status, error, calls, reused, plan, applied } = run;
  const hasDone = calls.some(({ ok, answered_by }) => ok && answered_by !== 'plan');
  return [
    reused && `reused: ${renderReused(reused)}`,
    plan && renderPlan(plan, steps),
    applied &&
      `applied ${applied.digest}: ${applied.done} effects${applied.left > 0 ? `, ${applied.left} of the plan left` : ''}`,
    error && status !== 'type_error' && hasDone && steps.resume(run_id),
  ]
    .filter(Boolean)
    .join('\n');
}

function renderReused({ run_id, calls, writes, left }: NonNullable<RunResult['reused']>): string {
  const count = calls === 1 ? `1 call of ${run_id} was` : `${calls} calls of ${run_id} were`;
  const rest = left > 0 ? `; ${left} ${left === 1 ? 'was' : 'were'} not asked for` : '';
  // "May have written" counts: it was not done twice.
  return `${count} not made again, ${writes} of them ${writes === 1 ? 'a write' : 'writes'}${rest}`;
}

function renderPlan({ digest, total, effects }: NonNullable<RunResult['plan']>, steps: NextSteps): string {
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
    ...(digest === undefined ? [] : [steps.apply(digest)]),
  ].join('\n');
}
