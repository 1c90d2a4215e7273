/** Says why something is no message of JSON-RPC, in words for whoever sent it: the SDK only says that it is none. */
import { kindOf } from './protocol-error.ts';

type JsonObject = { readonly [key: string]: unknown };

const requestKeys: readonly string[] = ['jsonrpc', 'id', 'method', 'params'];
const answerKeys: readonly string[] = ['jsonrpc', 'id', 'result', 'error'];
const shownCharactersMax = 60;

/** @returns what is wrong, as `"jsonrpc" must be "2.0", but is missing`; undefined for a message */
export function messageProblem(value: unknown): string | undefined {
  if (!isObject(value)) return `it must be an object, but is ${kindOf(value)}`;
  if (value.jsonrpc !== '2.0') return `"jsonrpc" must be "2.0", but is ${shown(value.jsonrpc)}`;
  return 'method' in value ? requestProblem(value) : answerProblem(value);
}

/** What is wrong with the parameters of `initialize`, which the SDK tells as a fault of its own. */
export function initializeProblem(params: unknown): string | undefined {
  const { protocolVersion, capabilities, clientInfo } = isObject(params) ? params : {};
  if (typeof protocolVersion !== 'string')
    return `"protocolVersion" must be a text, but is ${kindOf(protocolVersion)}`;
  if (!isObject(capabilities)) return `"capabilities" must be an object, but is ${kindOf(capabilities)}`;
  if (!isObject(clientInfo)) return `"clientInfo" must be an object, but is ${kindOf(clientInfo)}`;
  const key = ['name', 'version'].find((one) => typeof clientInfo[one] !== 'string');
  return key && `"clientInfo.${key}" must be a text, but is ${kindOf(clientInfo[key])}`;
}

function requestProblem(request: JsonObject): string | undefined {
  const { method, params, id } = request;
  if (typeof method !== 'string') return `"method" must be a text, but is ${kindOf(method)}`;
  if ('id' in request && !isId(id)) return idProblem(id);
  const unknown = Object.keys(request).find((key) => !requestKeys.includes(key));
  if (unknown !== undefined)
    return `there is no member ${shown(unknown)}; what a method takes is in "params"`;
  if (params === undefined) return undefined;
  if (!isObject(params)) return `"params" must be an object, but is ${kindOf(params)}`;
  const { _meta: meta } = params;
  if (meta === undefined) return undefined;
  if (!isObject(meta)) return `"params._meta" must be an object, but is ${kindOf(meta)}`;
  const { progressToken: token } = meta;
  if (token === undefined || isId(token)) return undefined;
  return `"params._meta.progressToken" must be a text or a whole number, but is ${shown(token)}`;
}

function answerProblem(answer: JsonObject): string | undefined {
  const { result, error, id } = answer;
  if (!('result' in answer) && !('error' in answer))
    return '"method" is missing, and as an answer it would have "result" or "error"';
  const unknown = Object.keys(answer).find((key) => !answerKeys.includes(key));
  if (unknown !== undefined) return `there is no member ${shown(unknown)} in an answer`;
  if ('result' in answer) {
    if ('error' in answer) return 'it has both "result" and "error"';
    if (!isId(id)) return idProblem(id);
    return isObject(result) ? undefined : `"result" must be an object, but is ${kindOf(result)}`;
  }
  if (id !== undefined && !isId(id)) return idProblem(id);
  const isError = isObject(error) && Number.isInteger(error.code) && typeof error.message === 'string';
  return isError ? undefined : '"error" must have a whole number as "code" and a text as "message"';
}

function idProblem(id: unknown): string {
  return `"id" must be a text or a whole number, but is ${shown(id)}`;
}

function isId(id: unknown): boolean {
  return typeof id === 'string' || Number.isInteger(id);
}

function shown(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && value !== null)) return kindOf(value);
  return JSON.stringify(typeof value === 'string' ? value.slice(0, shownCharactersMax) : value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
