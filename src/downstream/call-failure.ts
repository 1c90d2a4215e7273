/** What a failed request means to its caller: an error of our catalogue, and whether sending it again can help. */
import type { ServerConfig } from '../config/types.ts';
import { type CallOutcome, messageOf, OrchestratorError, type RetrySafe } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { authErrorIn } from './auth/auth-error.ts';
import { BusyError } from './busy.ts';
import { abortedByClient } from './client-transport.ts';
import {
  authProblem,
  httpStatusOf,
  isUnreachable,
  messageWithCauses,
  output,
  systemCodeOf,
} from './connect-problem.ts';
import { RedirectError } from './http-fetch.ts';
import { cleanText, type Redact } from './problem.ts';
import { lostData, tooLargeData } from './raw-results.ts';
import type { Session } from './session.ts';

const answeredWith = 'the server answered with';

export interface CallContext {
  readonly config: ServerConfig;
  readonly limits: Limits;
  readonly redact: Redact;
  /** Undefined for whatever is no call. */
  readonly tool: string | undefined;
  /** The method, where it is neither a call nor the list of tools. */
  readonly request?: string | undefined;
  readonly repeatable: boolean;
  readonly session: Session;
  readonly signal: AbortSignal | undefined;
  /** Where it was we who ended the connection, and for good: why. */
  readonly closeReason?: string | undefined;
}

export interface CallFailure {
  readonly error: OrchestratorError;
  /** The connection is of no more use. */
  readonly isLost: boolean;
  /** The request was surely not carried out: it may be sent again, whatever it does. */
  readonly wasNotSent: boolean;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** @param thrown what `Session.request` threw */
export function callFailure(thrown: unknown, context: CallContext): CallFailure {
  const { config, signal } = context;
  if (signal?.aborted) return failure(context, 'call_aborted', `the call was cancelled`, unsure(context));
  const own = dataOf(thrown);
  if (own === tooLargeData) {
    return failure(
      context,
      'result_too_large',
      `the result is too large: ${messageOf(thrown)}`,
      context.repeatable ? 'yes' : 'no',
      {
        hint: 'The call was carried out. Ask the tool for less: a filter, a page, a shorter range; or raise limits.toolResultBytesMax.',
      },
    );
  }
  if (own === abortedByClient) {
    const hint = 'Do nothing further until the user asks for it.';
    return failure(context, 'client_aborted', messageOf(thrown), unsure(context), { hint });
  }
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (own === lostData || code === 'CONNECTION_CLOSED') return lost(context, messageOf(thrown));
  if (code === 'REQUEST_TIMEOUT') return timedOut(context, thrown);
  // Without a code it is no error of the server's, whose messages may say anything.
  if (code === undefined && thrown instanceof Error && thrown.message === 'Not connected')
    return unavailable(context, 'the connection was gone before the call was sent');
  if (config.transport !== 'stdio') {
    const http = httpFailure(thrown, context);
    if (http) return http;
  }
  return protocolFailure(thrown, code, context);
}

function protocolFailure(thrown: unknown, code: unknown, context: CallContext): CallFailure {
  const isRefusal = code === -32_602 || code === -32_601;
  if (thrown instanceof RedirectError)
    return failure(context, 'protocol_error', thrown.message, 'yes', { outcome: 'failed', cause: thrown });
  if (typeof code !== 'number') return unusable(context, thrown);
  const said = messageOf(thrown);
  return failure(
    context,
    'protocol_error',
    // Of what is neither a result nor an error we say so ourselves.
    said.startsWith(answeredWith) ? said : `${answeredWith} error ${code}: ${said}`,
    isRefusal ? 'yes' : unsure(context),
    {
      hint: isRefusal
        ? 'The call was refused before it did anything: check the name of the tool and its arguments.'
        : 'This is a failure of the server itself, not of the tool: see its log.',
      ...(isRefusal && { outcome: 'failed' as const }),
      cause: thrown,
    },
  );
}

/** Without what the SDK puts before it. */
function saidBy(thrown: unknown): string {
  return messageOf(thrown).replace(/^Error POSTing to endpoint(?: \(HTTP \d+\))?: /, '');
}

function unusable(context: CallContext, thrown: unknown): CallFailure {
  if (context.config.transport === 'stdio') {
    const message = `the request failed: ${messageOf(thrown)}`;
    return failure(context, 'protocol_error', message, unsure(context), { cause: thrown });
  }
  const message = `its answer cannot be used: ${messageOf(thrown)}`;
  const hint =
    'It may have been carried out. Not the tool failed, but the server or what is between it and us: see their logs.';
  return failure(context, 'protocol_error', message, unsure(context), { hint, cause: thrown });
}

function timedOut(context: CallContext, thrown: unknown): CallFailure {
  const { config, limits, tool, request } = context;
  const isList = tool === undefined && request === undefined;
  const timeoutMs = isList ? config.connectMsMax : config.callMsMax;
  const isTotal = /allowed in all|total timeout/.test(messageOf(thrown));
  const ownSetting = `"${isList ? 'connect_timeout' : 'timeout'}" of the server`;
  const setting = isTotal || timeoutMs >= limits.callMsMax ? 'limits.callMsMax' : ownSetting;
  const bound = isTotal
    ? `${limits.callMsMax} ms in all (limits.callMsMax)`
    : `${Math.min(timeoutMs, limits.callMsMax)} ms without progress`;
  return failure(
    context,
    'call_timeout',
    `no answer within ${bound}; the server was told to cancel it`,
    unsure(context),
    {
      hint: isList
        ? `Raise ${setting} if the server needs longer to list its tools.`
        : `It may still have been carried out. Raise ${setting} if the tool needs longer.`,
    },
  );
}

function httpFailure(thrown: unknown, context: CallContext): CallFailure | undefined {
  const { config, session } = context;
  const status = httpStatusOf(thrown);
  const unknownThere = authErrorIn(thrown);
  if (unknownThere) {
    const { message, hint } = unknownThere;
    return failure(context, 'server_unavailable', message, 'yes', { hint, cause: unknownThere });
  }
  if (config.transport !== 'stdio' && (status === 401 || status === 403)) {
    const { message, hint } = authProblem(status, config);
    // The connection as such is sound, and a new one would be refused as well.
    return failure(context, 'server_unavailable', message, 'yes', { hint, cause: thrown });
  }
  if (thrown instanceof BusyError) return busy(thrown, context);
  const forgotSession =
    session.hasSessionId && (status === 404 || (status === 400 && /session/i.test(messageOf(thrown))));
  if (forgotSession) return unavailable(context, `the server no longer knows this session (HTTP ${status})`);
  if (status !== undefined && status < 500) {
    const message = `the server refused the request: HTTP ${status}: ${saidBy(thrown)}`;
    return failure(context, 'protocol_error', message, 'yes', { outcome: 'failed' });
  }
  if (status !== undefined) return lost(context, `HTTP ${status}: ${saidBy(thrown)}`);
  const system = systemCodeOf(thrown);
  if (isUnreachable(system)) return unavailable(context, `it cannot be reached: ${system}`);
  const isNetwork =
    system !== undefined || (thrown instanceof TypeError && /fetch failed|terminated/.test(thrown.message));
  return isNetwork ? lost(context, system ?? messageWithCauses(thrown)) : undefined;
}

/** It is there, and the connection is sound. */
function busy({ status, message, retryAfterMs }: BusyError, context: CallContext): CallFailure {
  const code = status === 429 ? 'protocol_error' : 'server_unavailable';
  const hint = retryAfterHint(retryAfterMs, context.limits);
  const text = `the server refused the request: HTTP ${status}: ${message}`;
  const made = failure(context, code, text, 'yes', { outcome: 'failed', hint });
  return { ...made, wasNotSent: true, retryAfterMs };
}

function retryAfterHint(retryAfterMs: number | undefined, { retryAfterMsMax }: Limits): string {
  if (retryAfterMs === undefined) return 'Nothing was done. Call again later.';
  const asked = `Nothing was done. The server asks to be called again in ${Math.ceil(retryAfterMs / 1_000)} s`;
  return retryAfterMs <= retryAfterMsMax
    ? `${asked}.`
    : `${asked}, longer than is waited for by itself (retryAfterMsMax).`;
}

function unavailable(context: CallContext, message: string): CallFailure {
  const { closeReason } = context;
  const made = failure(context, 'server_unavailable', closeReason ?? message, 'yes', {
    hint: `Nothing was done.${closeReason === undefined ? ' The next call connects anew.' : ''}`,
  });
  return { ...made, isLost: true, wasNotSent: true };
}

function lost(context: CallContext, message: string): CallFailure {
  const { session, closeReason } = context;
  if (closeReason !== undefined) {
    const made = failure(
      context,
      'connection_lost',
      `the connection was ended during the call: ${closeReason}`,
      unsure(context),
      { hint: 'It may have been carried out: look before you send it again.' },
    );
    return { ...made, isLost: true };
  }
  const how =
    session.ended === undefined ? message : `its process ended with ${session.ended}${output(session.stdio)}`;
  const hint = 'It may have been carried out: look before you send it again. The next call connects anew.';
  const made = failure(
    context,
    'connection_lost',
    `the connection was lost during the call: ${how}`,
    unsure(context),
    { hint },
  );
  return { ...made, isLost: true };
}

function failure(
  context: CallContext,
  code:
    | 'call_aborted'
    | 'client_aborted'
    | 'call_timeout'
    | 'connection_lost'
    | 'protocol_error'
    | 'result_too_large'
    | 'server_unavailable',
  message: string,
  retrySafe: RetrySafe,
  details: { hint?: string; outcome?: CallOutcome; cause?: unknown } = {},
): CallFailure {
  const { config, redact, tool, request } = context;
  const what = tool === undefined ? request : `tool "${cleanText(tool, 128)}"`;
  const where = what === undefined ? `server "${config.name}"` : `${what} of server "${config.name}"`;
  const text = cleanText(`${where}: ${redact(message)}`);
  const error = new OrchestratorError(code, text, { ...details, retrySafe, server: config.name, tool });
  return { error, isLost: false, wasNotSent: false };
}

function unsure(context: CallContext): RetrySafe {
  return context.repeatable ? 'yes' : 'unknown';
}

function dataOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'data' in thrown ? thrown.data : undefined;
}
