/** What the HTTP front answers by itself: JSON errors, each with its status, what is wrong and what to do. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Ends a request before the protocol sees it. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON-RPC error code; -32000 where there is no better one. */
  readonly code: number;
  readonly hint: string | undefined;

  constructor(
    status: number,
    message: string,
    more: {
      code?: number;
      hint?: string;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = more.code ?? -32_000;
    this.hint = more.hint;
    this.headers = more.headers ?? {};
  }
}

/** A JSON-RPC error, since that is what clients of `/mcp` read. */
export function sendProblem(response: ServerResponse, problem: HttpProblem, id: RequestId = null): void {
  const { message, code, hint } = problem;
  const error = { code, message: hint === undefined ? message : `${message} ${hint}` };
  sendJson(response, problem.status, { jsonrpc: '2.0', id, error }, problem.headers);
}

/** Answers what Node could not read as a request: there is no response to write to, only the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const { status, message } = unreadable(error.code);
  const body = `${JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_700, message } })}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function unreadable(code: string | undefined): { status: number; message: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, message: 'The headers of the request are too large. Send fewer or shorter ones.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, message: 'The request did not arrive whole in time. Send it again.' };
  return { status: 400, message: 'This is no HTTP request.' };
}

/** The id of the one request that a body is, where it is known. */
export type RequestId = string | number | null;

export function requestId(body: unknown): RequestId {
  const { id } = (body ?? {}) as { id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, `${JSON.stringify(body)}\n`, { 'Content-Type': 'application/json', ...headers });
}

/** Does nothing where an answer has begun, or nobody is there to read it. */
export function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
