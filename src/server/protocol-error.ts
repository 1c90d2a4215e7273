/** Errors of JSON-RPC, for requests that are wrong as such; what a tool did wrong is told in its result. */
import { ProtocolError } from '@modelcontextprotocol/server';
import { messageOf, OrchestratorError } from '../errors.ts';

const invalidParams = -32_602;
const methodNotFound = -32_601;
const internalError = -32_603;
export const missingClientCapability = -32_021;

/** -32602: the parameters are wrong. @param message what is wrong, and what would be right */
export function badRequest(message: string): ProtocolError {
  return new ProtocolError(invalidParams, message);
}

/** -32601. */
export function unknownMethod(method: string): ProtocolError {
  return new ProtocolError(methodNotFound, `Method not found: ${method.slice(0, 100)}`);
}

/** In answer to a call that was to be a task. */
export function notAsTask(tool: string): ProtocolError {
  const message = `${tool.slice(0, 100)} cannot be called as a task. Call it without "task".`;
  return new ProtocolError(methodNotFound, message);
}

/** For requests whose results cannot say that they failed: whatever was thrown, as an error with the hint in its text. */
export function requestFailed(thrown: unknown): ProtocolError {
  if (thrown instanceof ProtocolError) return thrown;
  if (!(thrown instanceof OrchestratorError)) return new ProtocolError(internalError, messageOf(thrown));
  const { hint, code, server, tool } = thrown;
  const message = hint === undefined ? thrown.message : `${thrown.message} ${hint}`;
  const data = { kind: code, ...(server !== undefined && { server }), ...(tool !== undefined && { tool }) };
  return new ProtocolError(thrown.userFault ? invalidParams : internalError, message, data);
}

/** A text among the parameters. @throws ProtocolError */
export function textParam(params: { [key: string]: unknown }, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw badRequest(`"${name}" must be a text, but is ${kindOf(value)}.`);
  return value;
}

/** An object among the parameters; empty where it is absent. @throws ProtocolError */
export function objectParam(params: { [key: string]: unknown }, name: string): { [key: string]: unknown } {
  const value = params[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw badRequest(`"${name}" must be an object, but is ${kindOf(value)}.`);
  return value as { [key: string]: unknown };
}

/** For a message: `a list`, `a number`, `missing`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const kind = typeof value;
  return kind === 'string' ? 'a text' : kind === 'object' ? 'an object' : `a ${kind}`;
}
