/** Why a server cannot be reached, in words: what happened, what was seen, what to do. */
import type { HttpServerConfig, ServerConfig, StdioServerConfig } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import { authErrorIn, loginCommand } from './auth/auth-error.ts';
import { cleanText, type Redact } from './problem.ts';
import { StartError, type StdioTransport } from './stdio-transport.ts';

export interface Problem {
  /** Without the server's name, to be put behind it: `answered HTTP 401`. */
  readonly message: string;
  readonly hint: string;
}

/** @param transport the stdio transport of the attempt, where there was one */
export function connectProblem(
  thrown: unknown,
  config: ServerConfig,
  redact: Redact,
  transport?: StdioTransport,
): Problem {
  const problem =
    config.transport === 'stdio'
      ? stdioProblem(thrown, config, redact, transport)
      : httpProblem(thrown, config);
  return { message: cleanText(redact(problem.message)), hint: cleanText(redact(problem.hint)) };
}

/** The problem of a server that was given its whole time and did not answer. */
export function silenceProblem(config: ServerConfig, redact: Redact, transport?: StdioTransport): Problem {
  const where =
    config.transport === 'stdio'
      ? `its command ${commandLine(config, redact)}`
      : `the server at ${bareUrl(config.url)}`;
  return {
    message: cleanText(
      redact(`${where} did not answer within ${config.connectMsMax} ms${output(transport)}`),
    ),
    hint: `Check that it is an MCP server, or raise "connect_timeout" of "${config.name}" if it only needs longer to start.`,
  };
}

/** What a stdio server wrote besides messages, as the end of a sentence. */
export function output(transport: StdioTransport | undefined): string {
  if (!transport) return '';
  const { garbage } = transport;
  const stray = garbage
    ? `; ${garbage.count === 1 ? 'a line' : `${garbage.count} lines`} on its stdout ${garbage.count === 1 ? 'was no message' : 'were no messages'}, the first: ${garbage.first}`
    : '';
  const lines = transport.lastStderr();
  return `${stray}${lines.length === 0 ? '' : `; the last lines of its stderr:\n${lines.join('\n')}`}`;
}

/** The HTTP status that a failure is about, if it is about one. */
export function httpStatusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('status' in thrown && typeof thrown.status === 'number') return thrown.status;
  // An SseError carries the status as its `code`.
  const inCode =
    'event' in thrown && 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : undefined;
  if (inCode !== undefined) return inCode;
  if (thrown.name === 'InsufficientScopeError') return 403;
  // JSON-RPC errors have a numeric code, and a message of the server's own choice.
  if ('code' in thrown && typeof thrown.code === 'number') return undefined;
  const inText = /^Error POSTing to endpoint \(HTTP (\d{3})\)/.exec(thrown.message)?.[1];
  return inText === undefined ? undefined : Number(inText);
}

/** The system's code (`ECONNREFUSED`) at the bottom of a failure, however the SDK and fetch wrapped it. */
export function systemCodeOf(thrown: unknown): string | undefined {
  let error: unknown = thrown;
  // An SseError has only the text of what happened.
  if (thrown instanceof Error && 'event' in thrown)
    return /\bE[A-Z]{4,}(_[A-Z]+)?\b/.exec(thrown.message)?.[0];
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    const code = 'code' in error ? error.code : undefined;
    if (
      typeof code === 'string' &&
      /^(E[A-Z]+|UND_ERR_\w+|CERT_\w+|DEPTH_\w+|UNABLE_\w+|SELF_\w+|ERR_TLS\w*)$/.test(code) &&
      !code.startsWith('ERA_')
    ) {
      return code;
    }
    const data =
      'data' in error && typeof error.data === 'object' ? (error.data as { cause?: unknown } | null) : null;
    error = error.cause ?? data?.cause;
  }
  return undefined;
}

/** Codes with which a request cannot have reached the server. */
export function isUnreachable(code: string | undefined): boolean {
  return (
    code !== undefined &&
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_|DEPTH_|UNABLE_|SELF_|ERR_TLS)/.test(
      code,
    )
  );
}

function stdioProblem(
  thrown: unknown,
  config: StdioServerConfig,
  redact: Redact,
  transport: StdioTransport | undefined,
): Problem {
  if (thrown instanceof StartError) return { message: thrown.message, hint: thrown.hint };
  const command = commandLine(config, redact);
  if (transport?.ended !== undefined) {
    return {
      message: `its command ${command} ended with ${transport.ended} before it answered${output(transport)}`,
      hint: endHint(transport),
    };
  }
  return {
    message: `its command ${command} answered the handshake with an error: ${messageOf(thrown)}${output(transport)}`,
    hint: 'Check that the command starts an MCP server, and its version.',
  };
}

function endHint(transport: StdioTransport): string {
  const said = transport.lastStderr().join('\n');
  const node = /Node\.js (v[\d.]+)/.exec(said)?.[1] ?? 'The Node that was found';
  if (/ERR_UNKNOWN_FILE_EXTENSION.*"\.ts"/.test(said))
    return `${node} does not run TypeScript: install Node 24 or newer, or write the whole path of one as "command".`;
  return 'Run the command by hand to see why it ends; often an argument, a variable in "env" or an installation is missing.';
}

function httpProblem(thrown: unknown, config: HttpServerConfig): Problem {
  const unknownThere = authErrorIn(thrown);
  if (unknownThere) return unknownThere;
  const url = bareUrl(config.url);
  const status = httpStatusOf(thrown);
  if (config.transport === 'client') {
    return {
      message: `the client that started us does not answer at ${url} (MCP_CLIENT_IPC_URL): ${systemCodeOf(thrown) ?? messageWithCauses(thrown)}`,
      hint: 'Check that the client still runs; or remove "via" from the entry to start the server here.',
    };
  }
  if (status === 401 || status === 403) return authProblem(status, config);
  const code = systemCodeOf(thrown);
  if (code !== undefined) {
    return {
      message: `${url} cannot be reached: ${code}${code === 'ECONNREFUSED' ? ', nothing listens there' : ''}`,
      hint: 'Check that the server runs and that "url" is right.',
    };
  }
  if (status !== undefined) {
    return {
      message: `${url} answered HTTP ${status}: ${messageOf(thrown)}`,
      hint:
        status >= 500
          ? 'The server itself failed; see its log.'
          : 'Check the path of "url": is it the MCP endpoint?',
    };
  }
  const message = `${url} failed the handshake: ${messageWithCauses(thrown)}`;
  return {
    message,
    hint: message.endsWith('bad port')
      ? 'HTTP clients refuse this port (the fetch standard blocks it): serve MCP on another one and correct "url".'
      : 'Check that "url" is an MCP endpoint.',
  };
}

/** The message and those of its causes, which say what `fetch failed` means; each once, at most five deep. */
export function messageWithCauses(thrown: unknown): string {
  let text = messageOf(thrown);
  let error = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error && error.cause !== undefined; depth += 1) {
    error = error.cause;
    const message = messageOf(error);
    if (!text.includes(message)) text += `: ${message}`;
  }
  return text;
}

/** 401 or 403: which header to set, never what is in it. */
export function authProblem(status: number, config: HttpServerConfig): Problem {
  const names = Object.keys(config.headers);
  const header = names.find((name) => /^authorization$|key|token|auth/i.test(name));
  return {
    message: `${bareUrl(config.url)} answered HTTP ${status}: ${status === 401 ? 'it wants credentials' : 'the credentials do not suffice'}`,
    hint:
      header === undefined
        ? `Set the header that the server asks for under "headers" of "${config.name}", usually "Authorization": "Bearer \${TOKEN}"${config.auth?.type === 'oauth' ? `; or, where it offers OAuth, run: ${loginCommand({ ...config, auth: config.auth })}` : ''}.`
        : `The header "${header}" of "${config.name}" was sent and refused: check its value and what it permits.`,
  };
}

/** Without query and user information, where credentials may be. */
function bareUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

// Redacted before it is cut: half a secret would not be recognised any more.
function commandLine(config: StdioServerConfig, redact: Redact): string {
  return `"${cleanText(redact([config.command, ...config.args].join(' ')), 300)}"`;
}
