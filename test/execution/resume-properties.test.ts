/**
 * Edit and resume, held against scripts, failures and edits made by chance, and a server that writes down what it did:
 * however a chain of runs goes, what is done is what a model of the journal says, and never once more.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunResult } from '../../src/execution/run-result.ts';
import { endsLast } from '../support/ends-last.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { newLedger } from '../support/ledger.ts';

type Ending = 'fail' | 'die';

interface Step {
  readonly tool: 'append' | 'look';
  readonly entry: number;
}

/** One version of the script: groups one after the other, the calls of a group in parallel. */
interface Version {
  readonly groups: readonly (readonly Step[])[];
  /** After so many groups the script throws; never where it is more than there are. */
  readonly throwsAfter: number;
  /** What the server does with an entry in this run. */
  readonly wrong: readonly { readonly entry: number; readonly ending: Ending }[];
}

const entries = 4;
const step = fc.record({
  tool: fc.constantFrom('append' as const, 'append' as const, 'look' as const),
  entry: fc.nat(entries - 1),
});
const version: fc.Arbitrary<Version> = fc.record({
  groups: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
  throwsAfter: fc.nat(7),
  wrong: fc.array(
    fc.record({
      entry: fc.nat(entries - 1),
      ending: fc.constantFrom<Ending>('fail', 'fail', 'die', 'die'),
    }),
    { maxLength: 1 },
  ),
});

/** The version before, with groups taken out, doubled, put elsewhere or replaced. */
function edited(
  { groups, throwsAfter, wrong }: Version,
  edits: readonly (readonly [number, number])[],
): Version {
  const list = [...groups];
  for (const [kind, place] of edits) {
    const at = list.length === 0 ? 0 : place % list.length;
    const group = list[at];
    if (!group) continue;
    if (kind === 0) list.splice(at, 1);
    else if (kind === 1) list.splice(at, 0, group);
    else if (kind === 2) list.push(...list.splice(at, 1));
    else list[at] = [...group].reverse();
  }
  return { groups: list, throwsAfter, wrong };
}

const chain = fc
  .tuple(
    version,
    fc.array(fc.tuple(version, fc.array(fc.tuple(fc.nat(3), fc.nat(9)), { maxLength: 3 })), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([first, others]) => {
    const versions = [first];
    for (const [other, edits] of others) {
      const before = versions.at(-1) as Version;
      versions.push({ ...edited(before, edits), throwsAfter: other.throwsAfter, wrong: other.wrong });
    }
    return versions;
  });

/** Every call's end is kept, in the order of the calls, whatever the script does about it. */
function scriptOf({ groups, throwsAfter }: Version): string {
  const lines = groups.flatMap((group, index) => [
    ...(index === throwsAfter ? ['throw new Error("a mistake");'] : []),
    `await Promise.all([${group.map(({ tool, entry }) => `one("${tool}", ${entry})`).join(', ')}]);`,
  ]);
  return `async function one(tool, entry) {
  try { await ledger[tool]({ entry }); }
  catch (error) { if (error.kind !== "outcome_unknown") throw error; }
}
${lines.join('\n')}`;
}

const onEnd = endsLast();

type State = 'done' | 'unknown';

/** What the journal has of one call: in the order in which a resumed run is given it. */
class Model {
  #known = new Map<string, State[]>();

  /** How often a run of these calls really has to be sent, call by call. */
  expected(calls: RunResult['calls']): { live: Map<string, number> } {
    const left = new Map([...this.#known].map(([key, states]) => [key, [...states]]));
    const live = new Map<string, number>();
    for (const { tool, server, answered_by, error, ...call } of calls) {
      if (tool !== 'append') continue;
      const key = this.keys[call.index] as string;
      const state = left.get(key)?.shift();
      if (state === 'done')
        expect(answered_by, `${server}: a call that was done is not made again`).toBe('journal');
      else if (state === 'unknown') expect(error).toBe('outcome_unknown');
      else {
        expect(answered_by).toBeUndefined();
        if (call.outcome !== 'failed' || error === 'tool_failed') live.set(key, (live.get(key) ?? 0) + 1);
      }
    }
    this.#left = left;
    return { live };
  }

  /** The calls' keys by index: a row of the result does not say its arguments. */
  keys: string[] = [];
  #left = new Map<string, State[]>();

  /** After a run: its own calls, and behind them what it did not come to. */
  after(calls: RunResult['calls']): void {
    const next = new Map<string, State[]>();
    for (const { tool, index, ok, outcome } of calls) {
      if (tool !== 'append' || (!ok && outcome === 'failed')) continue;
      const key = this.keys[index] as string;
      next.set(key, [...(next.get(key) ?? []), ok ? 'done' : 'unknown']);
    }
    for (const [key, states] of this.#left) next.set(key, [...(next.get(key) ?? []), ...states]);
    this.#known = next;
  }
}

it('whatever is run, fails, is edited and resumed: no write is done twice, and none is left out', async () => {
  const ledger = newLedger(onEnd);
  const { runner, runs } = await openOrchestrator(ledger.servers, { limits: { reconnectMsMax: 100 } }, onEnd);
  let reusedInAll = 0;
  let unknownInAll = 0;
  await fc.assert(
    fc.asyncProperty(chain, async (versions) => {
      ledger.clear();
      const model = new Model();
      let resumeFrom: string | undefined;
      for (const [index, one] of versions.entries()) {
        const isLast = index === versions.length - 1;
        const wrong = isLast ? [] : one.wrong;
        const withEnding = (ending: Ending) =>
          wrong.filter((each) => each.ending === ending).map(({ entry }) => entry);
        ledger.wrong({ fail: withEnding('fail'), die: withEnding('die') });
        const before = ledger.lines();
        const code = scriptOf(isLast ? { ...one, throwsAfter: Number.POSITIVE_INFINITY } : one);
        const result: RunResult = await runner.run({ code, resumeFrom });
        const record = await runs.get(result.run_id);
        model.keys = (record?.calls ?? []).map(({ args }) => args ?? '');
        const { live } = model.expected(result.calls);
        const after = ledger.lines().slice(before.length);
        for (let entry = 0; entry < entries; entry += 1) {
          const done = after.filter((line) => line === `append ${entry}`).length;
          const sent = live.get(`{"entry":${entry}}`) ?? 0;
          const isRefused = withEnding('fail').includes(entry);
          // What was under way when the run ended may have come to the server, or not.
          const unsure = result.calls.filter(
            (call) =>
              call.tool === 'append' &&
              model.keys[call.index] === `{"entry":${entry}}` &&
              call.outcome === 'unknown' &&
              call.error !== 'outcome_unknown',
          ).length;
          expect(done).toBeLessThanOrEqual(isRefused ? 0 : sent);
          expect(done).toBeGreaterThanOrEqual(isRefused ? 0 : sent - unsure);
        }
        if (isLast) expect(result.error).toBeUndefined();
        reusedInAll += result.reused?.writes ?? 0;
        unknownInAll += result.calls.filter(({ error }) => error === 'outcome_unknown').length;
        model.after(result.calls);
        resumeFrom = result.run_id;
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
  // Chance must have made what this is about.
  expect(reusedInAll).toBeGreaterThan(30);
  expect(unknownInAll).toBeGreaterThan(0);
}, 120_000);
