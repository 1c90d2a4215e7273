/**
 * Finds the calls of tools that need nothing of the SDK's server: a single message without a session, with everything
 * about it as its revision of the protocol has it. Whatever is odd about a request is for the SDK to answer.
 */
import type { IncomingHttpHeaders } from 'node:http';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  LOG_LEVEL_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { JsonObject } from '../../downstream/caller.ts';
import { isLogLevel } from '../log-levels.ts';

export interface PlainCall {
  readonly id: string | number;
  /** Without what belongs to the message and not to the call. */
  readonly params: JsonObject;
  /** What a message of the revision 2026-07-28 says of its client; undefined for older ones. */
  readonly envelope: JsonObject | undefined;
}

export const modernVersion = '2026-07-28';
const envelopeKeys = [
  ...[PROTOCOL_VERSION_META_KEY, CLIENT_INFO_META_KEY],
  ...[CLIENT_CAPABILITIES_META_KEY, LOG_LEVEL_META_KEY],
];
/** Of parameters by which a call goes beyond one message: answers to its questions, a task. */
const lastingKeys = ['inputResponses', 'requestState', 'task'];

export function plainCall(headers: IncomingHttpHeaders, body: unknown): PlainCall | undefined {
  if (!isObject(body) || body.jsonrpc !== '2.0' || body.method !== 'tools/call') return undefined;
  const { id, params } = body;
  if (typeof id !== 'string' && !Number.isInteger(id)) return undefined;
  if (!isObject(params) || typeof params.name !== 'string') return undefined;
  if (headers['mcp-session-id'] !== undefined || !acceptsBoth(headers.accept)) return undefined;
  if (lastingKeys.some((key) => key in params)) return undefined;
  const { _meta: meta = {}, ...asked } = params;
  if (!isObject(meta) || !isToken(meta.progressToken)) return undefined;
  const isModern = isModernMessage(headers, params.name, meta);
  if (!isModern && !isOlderMessage(headers, meta)) return undefined;
  const own = isModern ? without(meta, envelopeKeys) : meta;
  return {
    id: id as string | number,
    params: Object.keys(own).length === 0 ? asked : { ...asked, _meta: own },
    envelope: isModern ? only(meta, envelopeKeys) : undefined,
  };
}

/** True where headers and body agree on the revision, the method and the tool. */
function isModernMessage(headers: IncomingHttpHeaders, name: string, meta: JsonObject): boolean {
  return (
    meta[PROTOCOL_VERSION_META_KEY] === modernVersion &&
    headers['mcp-protocol-version'] === modernVersion &&
    headers['mcp-method'] === 'tools/call' &&
    headers['mcp-name'] === name &&
    // This is how a name would begin that is encoded.
    !name.startsWith('=?') &&
    isClientInfo(meta[CLIENT_INFO_META_KEY]) &&
    isCapabilities(meta[CLIENT_CAPABILITIES_META_KEY]) &&
    (meta[LOG_LEVEL_META_KEY] === undefined || isLogLevel(meta[LOG_LEVEL_META_KEY]))
  );
}

function isOlderMessage(headers: IncomingHttpHeaders, meta: JsonObject): boolean {
  const version = headers['mcp-protocol-version'];
  const isKnown =
    version === undefined || (typeof version === 'string' && SUPPORTED_PROTOCOL_VERSIONS.includes(version));
  return isKnown && version !== modernVersion && !envelopeKeys.some((key) => key in meta);
}

function acceptsBoth(accept: string | undefined): boolean {
  return accept?.includes('application/json') === true && accept.includes('text/event-stream');
}

function isToken(token: unknown): boolean {
  return token === undefined || typeof token === 'string' || Number.isInteger(token);
}

function isClientInfo(info: unknown): boolean {
  if (info === undefined) return true;
  return isObject(info) && typeof info.name === 'string' && typeof info.version === 'string';
}

function isCapabilities(capabilities: unknown): boolean {
  return isObject(capabilities) && Object.values(capabilities).every(isObject);
}

function only(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (key in object ? [[key, object[key]]] : [])));
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
