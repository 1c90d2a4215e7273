/**
 * Who may do what: the one place that decides of each call, before it is sent, whether it is made, refused, or put to a
 * person first. By the configuration's `approval`; without a word there, a tool that says of itself that it destroys is
 * asked for where the client can be asked, and everything else is allowed.
 */
import type { JsonObject, Tool } from '../catalog/tool.ts';
import { hasMark, toolRules } from '../catalog/tool-rules.ts';
import type { ToolRule } from '../config/tool-table.ts';
import type { Caller, CallerClient } from '../downstream/caller.ts';
import { OrchestratorError } from '../errors.ts';
import { withoutSecrets } from './shown-arguments.ts';

export type ApprovalDecision = 'allow' | 'ask' | 'deny';

/** Where in a script the call stands. */
export interface CallPlace {
  readonly line: number;
  /** The line itself: asked for only where somebody is to read it. */
  readonly text: () => string;
}

export interface ApprovalRequest {
  readonly tool: Tool;
  readonly args: JsonObject;
  /** Of one run, always the same object. */
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly place?: CallPlace | undefined;
  /** Of `onStop`: there is no time to ask anybody. */
  readonly isAtEnd?: boolean | undefined;
}

const choices = { once: 'this call', all: 'all such calls in this run', stop: 'stop' } as const;
const argumentCharactersMax = 20_000;
const lineCharactersMax = 300;

/** What was approved on one caller's behalf so far, by `keyOf` of the tool. */
interface Asked {
  readonly counts: Map<string, number>;
  readonly all: Set<string>;
  /** One question at a time: a person reads them one after the other. */
  queue: Promise<unknown>;
}

export class Approval {
  readonly #decide: (tool: Tool) => ApprovalDecision | 'ask-if-possible';
  readonly #asked = new WeakMap<Caller, Asked>();

  constructor(rules: readonly ToolRule<ApprovalDecision>[]) {
    const ruled = toolRules(rules);
    const known = new WeakMap<Tool, ApprovalDecision | 'ask-if-possible'>();
    this.#decide = (tool) => {
      const decision =
        known.get(tool) ?? ruled(tool) ?? (hasMark(tool, '@destructive') ? 'ask-if-possible' : 'allow');
      known.set(tool, decision);
      return decision;
    };
  }

  /**
   * @returns undefined where the call may be made at once; else resolves when it may
   * @throws OrchestratorError `not_approved`, or `run_stopped` where the person wants no more of the run
   */
  check(request: ApprovalRequest): Promise<void> | undefined {
    const { tool, caller } = request;
    const decision = this.#decide(tool);
    if (decision === 'allow') return undefined;
    if (decision === 'deny')
      throw refused(tool, 'the configuration denies it (orchestrator.approval)', 'Do without this tool.');
    const ask = formOf(caller.client);
    if (ask && request.isAtEnd) {
      if (this.#asked.get(caller)?.all.has(keyOf(tool))) return undefined;
      throw refused(tool, 'it needs approval, and when a run was cut off there is no time to ask');
    }
    if (ask) return this.#inTurn(request, ask);
    if (decision === 'ask-if-possible') return undefined;
    const hint =
      'Run it from a client that knows elicitation or on a terminal, or have "allow" written into orchestrator.approval.';
    throw refused(tool, 'it needs the approval of a person, and nobody can be asked here', hint);
  }

  #inTurn(request: ApprovalRequest, ask: Ask): Promise<void> {
    const { caller } = request;
    const asked = this.#asked.get(caller) ?? { counts: new Map(), all: new Set(), queue: Promise.resolve() };
    this.#asked.set(caller, asked);
    const turn = asked.queue.then(() => decideOne(request, asked, ask));
    asked.queue = turn.catch(() => {});
    return turn;
  }
}

type Ask = NonNullable<CallerClient['elicit']>;

/** A client may be able to open addresses only. */
function formOf(client: CallerClient | undefined): Ask | undefined {
  const elicitation = client?.capabilities?.elicitation as JsonObject | undefined;
  if (elicitation?.url !== undefined && elicitation.form === undefined) return undefined;
  return client?.elicit && ((params, signal, key) => (client.elicit as Ask)(params, signal, key));
}

async function decideOne({ tool, args, caller, signal, place }: ApprovalRequest, asked: Asked, ask: Ask) {
  const key = keyOf(tool);
  const approved = asked.counts.get(key) ?? 0;
  if (!asked.all.has(key)) {
    if (signal.aborted) throw refused(tool, 'the run ended before anybody could be asked');
    const isRun = caller.run !== undefined;
    const given = isRun ? Object.values(choices) : [choices.once, choices.stop];
    const { action, content } = await ask(
      {
        mode: 'form',
        message: question({ tool, args, place, approved, isRun }),
        requestedSchema: schemaOf(given),
      },
      signal,
    ).catch((cause: unknown) => {
      throw refused(tool, 'the person could not be asked', undefined, cause);
    });
    const decision = (content as JsonObject | undefined)?.decision;
    if (action === 'accept' && decision === choices.stop && isRun) throw stopped(tool);
    if (action !== 'accept' || !given.some((one) => one === decision) || decision === choices.stop)
      throw refused(tool, action === 'cancel' ? 'the person gave no answer' : 'the person refused it');
    if (decision === choices.all) asked.all.add(key);
  }
  asked.counts.set(key, approved + 1);
}

/** A server that is asked anew gives the same tool as another object; a tool that has changed is another tool. */
function keyOf({ server, name, definition }: Tool): string {
  return JSON.stringify([server, name, definition]);
}

function schemaOf(given: readonly string[]): JsonObject {
  return {
    type: 'object',
    properties: { decision: { type: 'string', title: 'Approve', enum: given } },
    required: ['decision'],
  };
}

interface Question {
  readonly tool: Tool;
  readonly args: JsonObject;
  readonly place: CallPlace | undefined;
  readonly approved: number;
  readonly isRun: boolean;
}

/** Everything that is about to be done, and nothing that could be mistaken for our own words. */
function question({ tool, args, place, approved, isRun }: Question): string {
  const text = JSON.stringify(withoutSecrets(args), undefined, 2);
  const cut = text.length - argumentCharactersMax;
  const shown = cut > 0 ? `${text.slice(0, argumentCharactersMax)}\n... and ${cut} more characters` : text;
  const destroys = hasMark(tool, '@destructive') ? ', which says that it destroys or overwrites' : '';
  return visible(
    [
      `${isRun ? 'A script wants to' : 'To be approved:'} call ${tool.server}.${tool.name}${destroys}.`,
      place && `Line ${place.line}: ${place.text().trim().slice(0, lineCharactersMax)}`,
      `Arguments: ${shown}`,
      isRun && `Calls of this tool approved in this run so far: ${approved}.`,
    ]
      .filter(Boolean)
      .join('\n'),
  );
}

/** Characters that are not seen, or turn the direction of what follows, are spelt out. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, (one) =>
    one === '\n' ? one : `\\u{${one.codePointAt(0)?.toString(16)}}`,
  );
}

function refused(tool: Tool, why: string, hint?: string, cause?: unknown): OrchestratorError {
  const message = `${tool.serverIdentifier}.${tool.identifier} was not called: ${why}.`;
  const { server, name } = tool;
  return new OrchestratorError('not_approved', message, {
    hint,
    cause,
    retrySafe: 'yes',
    server,
    tool: name,
  });
}

function stopped(tool: Tool): OrchestratorError {
  const message = `${tool.serverIdentifier}.${tool.identifier} was not called, and the run was ended: the person stopped it.`;
  const { server, name } = tool;
  return new OrchestratorError('run_stopped', message, { retrySafe: 'yes', server, tool: name });
}
