/** A call over HTTP as it goes over the wire: which form its answer has, and whose headers have to fit it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { plainCall } from '../../../src/server/http/plain-call.ts';
import { endsLast } from '../../support/ends-last.ts';
import { type Ask, ask, type HttpServed, serveHttp } from '../../support/http.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';

const version = '2026-07-28';
const key = (name: string) => `io.modelcontextprotocol/${name}`;
const modernMeta = {
  [key('protocolVersion')]: version,
  [key('clientInfo')]: { name: 'raw', version: '1' },
  [key('clientCapabilities')]: {},
};
const accept = 'application/json, text/event-stream';

function modern(name: string, args: object, more: Record<string, string> = {}, meta: object = {}): Ask {
  return {
    headers: { 'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/call', 'Mcp-Name': name, ...more },
    body: {
      jsonrpc: '2.0',
      id: 'a',
      method: 'tools/call',
      params: { name, arguments: args, _meta: { ...modernMeta, ...meta } },
    },
  };
}

function older(name: string, args: object, meta?: object): Ask {
  const params = { name, arguments: args, ...(meta && { _meta: meta }) };
  return { body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params } };
}

describe('a call', () => {
  const onEnd = endsLast();
  let served: HttpServed;
  const send = (what: Ask) => ask(served.url, what);

  beforeAll(async () => {
    const setup = setUp({ routes: fixture('routes-by-header.mjs') }, { mode: 'direct' }, onEnd);
    served = await serveHttp(setup, { onEnd });
    await send(older('routes__steps', {}));
  });

  it('is answered by JSON where its result is all there is, in either era', async () => {
    const region = { 'Mcp-Param-Region': 'eu' };
    const answer = await send(modern('routes__where', { region: 'eu' }, region));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.json()).toMatchObject({
      id: 'a',
      result: {
        resultType: 'complete',
        content: [{ type: 'text', text: 'eu' }],
        _meta: { [key('serverInfo')]: { name: expect.any(String) } },
      },
    });
    const old = await send(older('routes__where', { region: 'eu' }));
    expect([old.status, old.headers['content-type']]).toEqual([200, 'application/json']);
    expect(old.json()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: 'eu' }] },
    });
  });

  it('is answered by a stream where something comes before its result', async () => {
    for (const what of [
      older('routes__steps', {}, { progressToken: 'p' }),
      modern('routes__steps', {}, {}, { progressToken: 'p' }),
    ]) {
      const { status, headers, text, json } = await send(what);
      expect([status, headers['content-type']]).toEqual([200, 'text/event-stream']);
      const progress = [...text.matchAll(/"progressToken":"p","progress":(\d)/g)].map(([, step]) => step);
      expect(progress).toEqual(['1', '2']);
      expect(json().result.content).toEqual([{ type: 'text', text: 'done' }]);
    }
  });

  it('that fails as a request is answered by an error with its id', async () => {
    const answer = await send(older('routes__where', [] as unknown as object));
    expect([answer.status, answer.json()]).toEqual([
      200,
      { jsonrpc: '2.0', id: 1, error: { code: -32_602, message: expect.stringContaining('object') } },
    ]);
  });

  it.each([
    ['without the header', {}, 'is missing'],
    ['with another value', { 'Mcp-Param-Region': 'us' }, 'says "us"'],
    ['with what is no base64', { 'Mcp-Param-Region': '=?base64?!?=' }, 'is not the base64'],
    ['with another number', { 'Mcp-Param-Region': 'eu', 'Mcp-Param-Shard': '8' }, 'says "8"'],
  ])('whose arguments are to be repeated in headers is refused %s', async (_, headers, message) => {
    const answer = await send(modern('routes__where', { region: 'eu', shard: 7 }, headers as never));
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { id: 'a', error: { code: -32_020, message: expect.stringContaining(message) } },
    ]);
  });

  it('whose headers repeat its arguments is answered, however they are written', async () => {
    const encoded = `=?base64?${Buffer.from('eu').toString('base64')}?=`;
    const headers = { 'Mcp-Param-Region': encoded, 'Mcp-Param-Shard': '7.0' };
    const answer = await send(modern('routes__where', { region: 'eu', shard: 7 }, headers));
    expect(answer.json().result.content[0].text).toBe('eu');
  });

  it.each([
    ['the method', { 'Mcp-Method': 'tools/list' }, -32_020],
    ['the name', { 'Mcp-Name': 'routes__steps' }, -32_020],
    ['the revision', { 'MCP-Protocol-Version': '2025-11-25' }, -32_020],
  ])('whose headers name %s otherwise than its body is refused', async (_, headers, code) => {
    const answer = await send(modern('routes__where', { region: 'eu' }, headers as never));
    expect([answer.status, answer.json().error.code]).toEqual([400, code]);
  });

  it('of a revision that nobody knows is refused with those that we know', async () => {
    const meta = { [key('protocolVersion')]: '2031-01-01' };
    const headers = { 'MCP-Protocol-Version': '2031-01-01' };
    const answer = await send(modern('routes__where', { region: 'eu' }, headers, meta));
    expect([answer.status, answer.json().error]).toMatchObject([
      400,
      { code: -32_022, data: { supported: [version] } },
    ]);
  });
});

describe('what is no plain call', () => {
  const headers = {
    accept,
    'mcp-protocol-version': version,
    'mcp-method': 'tools/call',
    'mcp-name': 'x',
  };
  const params = { name: 'x', arguments: {}, _meta: modernMeta };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };

  it('is told from one that is', () => {
    expect(plainCall(headers, body)).toEqual({
      id: 1,
      params: { name: 'x', arguments: {} },
      envelope: modernMeta,
    });
    const old = { ...body, params: { name: 'x', _meta: { progressToken: 4, own: true } } };
    expect(plainCall({ accept }, old)).toEqual({ id: 1, params: old.params, envelope: undefined });
  });

  it.each([
    ['a batch', headers, [body]],
    ['another method', headers, { ...body, method: 'tools/list' }],
    ['a notification', headers, { ...body, id: undefined }],
    ['an id that is none', headers, { ...body, id: 1.5 }],
    ['no name', headers, { ...body, params: { _meta: modernMeta } }],
    ['one within a session', { ...headers, 'mcp-session-id': 's' }, body],
    ['one that takes no stream', { ...headers, accept: 'application/json' }, body],
    ['one that answers questions', headers, { ...body, params: { ...params, requestState: 's' } }],
    ['one that is to be a task', { accept }, { ...body, params: { name: 'x', task: {} } }],
    ['another name', { ...headers, 'mcp-name': 'y' }, body],
    ['another method in its header', { ...headers, 'mcp-method': 'tools/list' }, body],
    ['no revision in its header', { ...headers, 'mcp-protocol-version': undefined }, body],
    ['no envelope', headers, { ...body, params: { name: 'x' } }],
    [
      'capabilities that are none',
      headers,
      { ...body, params: { ...params, _meta: { ...modernMeta, [key('clientCapabilities')]: { roots: 1 } } } },
    ],
    [
      'an unknown revision',
      { accept, 'mcp-protocol-version': '1999-01-01' },
      { ...body, params: { name: 'x' } },
    ],
  ])('%s', (_, sent, message) => {
    expect(plainCall(sent, message)).toBeUndefined();
  });
});
