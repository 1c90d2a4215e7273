/** The one catalogue of what can go wrong: a stable code, whose fault it is, and what to do about it. */

/** Whether a call may be repeated: `yes` (nothing was done, or doing it twice is harmless), `no`, or `unknown` (it may have happened). */
export type RetrySafe = 'yes' | 'no' | 'unknown';

/**
 * Every stable error code. `user` faults are mended by whoever sent the input; `system` faults by whoever runs
 * the server or us. docs/errors.md lists the same codes; a test holds the two together.
 */
export const errorCodes = {
  config_not_found: 'user',
  config_invalid: 'user',
  listen_failed: 'system',
  server_unknown: 'user',
  server_disabled: 'user',
  server_unavailable: 'system',
  tool_unknown: 'user',
  profile_unknown: 'user',
  tool_not_allowed: 'user',
  arguments_invalid: 'user',
  tool_failed: 'system',
  protocol_error: 'system',
  call_timeout: 'system',
  connection_lost: 'system',
  call_aborted: 'user',
  client_aborted: 'user',
  result_too_large: 'system',
  outcome_unknown: 'user',
  answer_lost: 'user',
  run_unknown: 'user',
  run_elsewhere: 'user',
  resume_refused: 'user',
  plan_unknown: 'user',
  not_in_plan: 'user',
  not_recorded: 'user',
  not_approved: 'user',
  run_stopped: 'user',
  limit_exceeded: 'user',
  script_syntax: 'user',
  script_import: 'user',
  script_type: 'user',
  script_error: 'user',
  script_timeout: 'user',
  script_result: 'user',
  script_aborted: 'user',
  policy_unknown: 'user',
  policy_invalid: 'user',
  policy_broken: 'user',
  sandbox_failed: 'system',
} as const satisfies Record<string, 'user' | 'system'>;

export type ErrorCode = keyof typeof errorCodes;

/** What is known of a call that failed: it was not carried out, it was, or nobody knows. */
export type CallOutcome = 'failed' | 'done' | 'unknown';

export interface ErrorDetails {
  /** What to do next, one sentence. */
  hint?: string | undefined;
  /** For calls: may the same call be sent again without harm? */
  retrySafe?: RetrySafe | undefined;
  /** For calls. Where absent, `callOutcome` follows from the code. */
  outcome?: CallOutcome | undefined;
  server?: string | undefined;
  tool?: string | undefined;
  /** For arguments: where in them, as `args.items[0].name`. */
  path?: string | undefined;
  cause?: unknown;
}

/** Every error this program raises on purpose. `message` says what happened and the value seen. */
export class OrchestratorError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retrySafe: RetrySafe | undefined;
  /** For calls: what is known of the one that failed. */
  readonly callOutcome: CallOutcome;
  readonly server: string | undefined;
  readonly tool: string | undefined;
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OrchestratorError';
    this.code = code;
    this.hint = details.hint;
    this.retrySafe = details.retrySafe;
    this.callOutcome = details.outcome ?? outcomeOf(code);
    this.server = details.server;
    this.tool = details.tool;
    this.path = details.path;
  }

  /** True where the input is at fault, false where a server or we are. */
  get userFault(): boolean {
    return errorCodes[this.code] === 'user';
  }
}

/** Only these come after a call has left us. */
function outcomeOf(code: ErrorCode): CallOutcome {
  if (code === 'result_too_large' || code === 'answer_lost') return 'done';
  const afterSending: readonly ErrorCode[] = [
    'call_timeout',
    'connection_lost',
    'call_aborted',
    'client_aborted',
    'protocol_error',
    'outcome_unknown',
    'sandbox_failed',
  ];
  return afterSending.includes(code) ? 'unknown' : 'failed';
}

/** The message of anything that was thrown, without running code of its own (getters, Proxies, toString). */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  if (!(thrown instanceof Error)) return `a ${thrown === null ? 'null' : typeof thrown} was thrown`;
  const message = Object.getOwnPropertyDescriptor(thrown, 'message')?.value;
  return typeof message === 'string' && message !== '' ? message : thrown.constructor.name;
}
