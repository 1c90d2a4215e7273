/** Plan and apply: a run whose effects are held back and listed, and a run that may have no other effects than listed. */
import { observedSchema } from '../catalog/observed-schema.ts';
import type { JsonObject, Tool } from '../catalog/tool.ts';
import { OrchestratorError } from '../errors.ts';
import { type CallGate, type GateAnswer, type GateCall, inForm } from './call-gate.ts';
import { canonicalJson, hash } from './canonical.ts';
import { hasMarks, marksIn, plausibleValue, withReal } from './plausible-value.ts';
import type { RunResult } from './run-result.ts';
import { shownArguments } from './shown-arguments.ts';
import { addressOf } from './tool-failure.ts';

/** One call that was held back. Plain JSON, kept in the storage as it is. */
export interface PlannedEffect {
  readonly server: string;
  readonly tool: string;
  readonly effect: 'write' | 'unknown';
  readonly line?: number;
  /** JSON in canonical spelling. */
  readonly args: string;
  /** JSON: what the script got instead of an answer. */
  readonly answer: string;
}

const argumentsShownMax = 50;
const linesShownMax = 20;

/** Holds back whatever does not say of itself that it only reads. */
export class EffectPlanner implements CallGate {
  readonly effects: PlannedEffect[] = [];
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  answer({ tool, args, text, raw, line }: GateCall): GateAnswer | undefined {
    if (tool.effect === 'read') return undefined;
    const schema = schemaOf(tool);
    const answer = JSON.stringify(plausibleValue({ schema, args, number: this.effects.length + 1 }));
    const canonical = canonicalJson(text);
    this.#bytes += canonical.length + answer.length;
    if (this.#bytes > this.#bytesMax) {
      const message = `The plan holds more than ${this.#bytesMax} bytes (recordBytesMax).`;
      throw new OrchestratorError('limit_exceeded', message, { hint: 'Plan less in one run.' });
    }
    const { server, name, effect } = tool;
    this.effects.push({
      ...{ server, tool: name, effect, args: canonical, answer },
      ...(line !== undefined && { line }),
    });
    return { value: inForm(answer, { raw: false, wanted: raw, tool }), by: 'plan' };
  }

  /** By what the plan is known: the same effects give the same digest, in whatever order calls in parallel came. */
  get digest(): string {
    const texts = this.effects.map(({ server, tool, args, answer }) =>
      JSON.stringify([server, tool, args, answer]),
    );
    return `plan_${hash(JSON.stringify(texts.sort()))}`;
  }

  /** For readers: by tool, with arguments as a report may show them. */
  get listed(): NonNullable<RunResult['plan']>['effects'] {
    const byTool = Map.groupBy(this.effects, ({ server, tool }) => `${server}\0${tool}`);
    return [...byTool.values()].map((same) => {
      const { server, tool, effect } = same[0] as PlannedEffect;
      const lines = [...new Set(same.flatMap(({ line }) => line ?? []))].slice(0, linesShownMax);
      const args = same.slice(0, argumentsShownMax).map(({ args }) => shownArguments(args));
      return { server, tool, effect, count: same.length, lines, arguments: args };
    });
  }
}

/** Lets an effect through once for each time that the plan has it. */
export class PlanLimit implements CallGate {
  readonly #digest: string;
  readonly #exact = new Map<string, PlannedEffect[]>();
  /** Their arguments hold what was made up in the plan, and are compared when it is known what that turned out to be. */
  #marked: PlannedEffect[] = [];
  readonly #real = new Map<string | number, unknown>();
  readonly #taken = new Map<GateCall, PlannedEffect>();
  readonly #total: number;
  #done = 0;

  constructor(digest: string, effects: readonly PlannedEffect[]) {
    this.#digest = digest;
    this.#total = effects.length;
    for (const effect of effects) {
      if (hasMarks(effect.args)) {
        this.#marked.push(effect);
        continue;
      }
      const key = keyOf(effect);
      const same = this.#exact.get(key);
      if (same) same.push(effect);
      else this.#exact.set(key, [effect]);
    }
  }

  /** What a script registered for the case that it is cut off is done in any case. */
  answer(call: GateCall): undefined {
    if (call.tool.effect === 'read' || call.stop) return undefined;
    const planned = this.#take(call);
    if (!planned) throw this.#notPlanned(call);
    this.#taken.set(call, planned);
    this.#done += 1;
    return undefined;
  }

  answered(call: GateCall, value: string): void {
    const planned = this.#taken.get(call);
    if (!planned) return;
    this.#taken.delete(call);
    const real = inForm(value, { raw: call.raw, wanted: false, tool: call.tool });
    marksIn(JSON.parse(planned.answer), JSON.parse(real), this.#real);
  }

  get applied(): NonNullable<RunResult['applied']> {
    return { digest: this.#digest, done: this.#done, left: this.#total - this.#done };
  }

  #take({ tool, text }: GateCall): PlannedEffect | undefined {
    const wanted = { server: tool.server, tool: tool.name, args: canonicalJson(text) };
    const exact = this.#exact.get(keyOf(wanted))?.shift();
    if (exact) return exact;
    const index = this.#marked.findIndex(
      (planned) =>
        planned.server === wanted.server &&
        planned.tool === wanted.tool &&
        canonicalJson(JSON.stringify(withReal(JSON.parse(planned.args), this.#real))) === wanted.args,
    );
    return index < 0 ? undefined : this.#marked.splice(index, 1)[0];
  }

  #notPlanned({ tool, text }: GateCall): OrchestratorError {
    const args = JSON.stringify(shownArguments(text));
    const message = `${addressOf(tool)}(${args}) is not in the plan ${this.#digest}, or was done as often as it has it; it was not done, and the run was ended.`;
    return new OrchestratorError('not_in_plan', message, {
      hint: 'Run the script with mode "plan" again, look at what it would do, and apply that plan.',
      retrySafe: 'yes',
      server: tool.server,
      tool: tool.name,
    });
  }
}

function keyOf({ server, tool, args }: Pick<PlannedEffect, 'server' | 'tool' | 'args'>): string {
  return JSON.stringify([server, tool, args]);
}

function schemaOf({ definition, observed }: Tool): JsonObject | undefined {
  return definition.outputSchema ?? (observed && observedSchema(observed));
}
