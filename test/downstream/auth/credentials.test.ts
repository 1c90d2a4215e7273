/** Bearer tokens and client credentials towards servers that check them, with tokens of a real authorization server. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BearerAuth, ClientCredentialsAuth } from '../../../src/config/auth-types.ts';
import { endsLast } from '../../support/ends-last.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { listening, machineToken, protectedServer } from '../../support/oauth.ts';
import { failureOf, http, limits, open, textOf } from '../support.ts';

const { issuer, subject } = await protectedServer(endsLast());

const once = { repeatable: false };
const refuseAll = () => fetch(new URL('/refuse', subject.url), { method: 'POST' });
const token = () => machineToken(issuer.url, subject.url);
const who = { client_id: 'machine', scope: 'read' };

describe('a bearer token', () => {
  const connection = (source: BearerAuth['source'], more = {}) =>
    open(http(subject.url, { auth: { type: 'bearer', source } }), more);

  it('of the environment is sent', async () => {
    const source = { env: 'MY_TOKEN', token: await token() };
    const first = connection(source);
    expect(JSON.parse(textOf(await first.callTool('who', {}, once)))).toMatchObject(who);
    await refuseAll();
    const failure = await failureOf(first.callTool('who', {}, once));
    expect(failure).toMatchObject({ code: 'server_unavailable', retrySafe: 'yes' });
    expect(failure.message).toContain('it refuses the token of the environment variable MY_TOKEN (HTTP 401)');
    expect(JSON.stringify([failure.message, failure.hint])).not.toContain(source.token);
  });

  it('of a file is read anew when it is refused', async () => {
    const file = path.join(temporaryFolder(), 'token');
    const first = connection({ file });
    expect((await failureOf(first.connect())).message).toContain(`the file ${file} does not exist`);
    writeFileSync(file, 'two words\n');
    const odd = connection({ file });
    expect((await failureOf(odd.connect())).message).toMatch(/no token is to be had: .* more than one word/);
    writeFileSync(file, `${await token()}\n`);
    const good = connection({ file });
    await good.connect();
    await refuseAll();
    expect((await failureOf(good.callTool('who', {}, once))).message).toContain(
      `refuses the token of the file ${file}`,
    );
    const fresh = await token();
    writeFileSync(file, fresh);
    expect(JSON.parse(textOf(await good.callTool('who', {}, once)))).toMatchObject(who);
    expect(good.redact(`x ${fresh}`)).toBe('x [hidden]');
  });

  it('of a program is asked for anew when it is refused, once for all', async () => {
    const folder = temporaryFolder();
    const [file, count] = [path.join(folder, 'token'), path.join(folder, 'count')];
    writeFileSync(file, await token());
    const program = path.join(folder, 'print');
    writeFileSync(program, `#!/bin/sh\necho called >> "${count}"\ncat "$1"\n`);
    chmodSync(program, 0o700);
    const good = connection({ command: ['./print', file], cwd: folder });
    await good.connect();
    await refuseAll();
    writeFileSync(file, await token());
    await Promise.all([1, 2, 3].map(() => good.callTool('who', {}, once)));
    expect(readFileSync(count, 'utf8')).toBe('called\ncalled\n');
  });

  it.each<[string, readonly [string, ...string[]], RegExp]>([
    ['cannot be found', ['no-such-program-here'], /the command "no-such-program-here" cannot be found/],
    ['fails', ['sh', '-c', 'echo secret-output; exit 3'], /the command "sh" ended with exit code 3/],
    ['says nothing', ['true'], /the command "true" gives nothing/],
    ['never ends', ['sleep', '60'], /the command "sleep" took longer than 200 ms \(tokenCommandMsMax\)/],
  ])('of a program that %s is told', async (_, command, message) => {
    const bounded = connection({ command, cwd: '/' }, { limits: limits({ tokenCommandMsMax: 200 }) });
    const failure = await failureOf(bounded.connect());
    expect(failure.message).toMatch(message);
    expect(JSON.stringify([failure.message, failure.hint])).not.toContain('secret-output');
  });
});

describe('client credentials', () => {
  const connection = (more: Partial<ClientCredentialsAuth>, url = subject.url) => {
    const proof = { secret: 'machine-secret-0123456789' };
    const auth: ClientCredentialsAuth = {
      ...{ type: 'client_credentials', issuer: issuer.url, clientId: 'machine', proof, scope: 'read' },
      ...more,
    };
    return open(http(url, { auth }));
  };
  const identity = async (more: Partial<ClientCredentialsAuth>) =>
    JSON.parse(textOf(await connection(more).callTool('who', {}, once)));

  it('are proved by a secret, of the entry or of a file', async () => {
    expect(await identity({})).toMatchObject(who);
    const secretFile = path.join(temporaryFolder(), 'secret');
    const failure = await failureOf(connection({ proof: { secretFile } }).connect());
    expect(failure.message).toContain(secretFile);
    writeFileSync(secretFile, 'machine-secret-0123456789\n');
    expect(await identity({ proof: { secretFile } })).toMatchObject(who);
  });

  it('are proved by a key', async () => {
    const keyFile = path.join(temporaryFolder(), 'key.pem');
    writeFileSync(keyFile, issuer.said.key ?? '');
    const proof = { keyFile, algorithm: 'ES256' };
    expect(await identity({ clientId: 'keyed', proof })).toMatchObject({ client_id: 'keyed', scope: 'read' });
  });

  it('give one token, renewed when it is refused', async () => {
    const grants = async () => (await issuer.seen()).filter(({ client }) => client === 'machine').length;
    const one = connection({});
    const before = await grants();
    await Promise.all([1, 2, 3].map(() => one.callTool('who', {}, once)));
    expect((await grants()) - before).toBe(1);
    await refuseAll();
    await Promise.all([1, 2, 3].map(() => one.callTool('who', {}, once)));
    expect((await grants()) - before).toBe(2);
  });

  it('that are refused, or do not suffice, are told without the secret', async () => {
    const wrong = await failureOf(connection({ proof: { secret: 'wrong-secret-0123456789' } }).connect());
    expect(wrong.message).toContain(`no token is to be had at ${issuer.url}: invalid_client`);
    expect(wrong.message).not.toContain('wrong-secret');
    const narrow = await failureOf(connection({}).callTool('wide', {}, once));
    expect(narrow.message).toMatch(
      /the client "machine" does not permit this \(HTTP 403\); it wants the scope "wide"/,
    );
    expect(narrow.hint).toContain('"scope"');
  });

  it('go to no other issuer than the one that is named', async () => {
    const other = await listening('authorization-server.mjs');
    const url = (await listening('protected.mjs', { ISSUER: other.url })).url;
    const failure = await failureOf(connection({}, url).connect());
    expect(failure.message).toMatch(/is refused \(HTTP 401\)/);
    expect(await other.seen()).toEqual([]);
  });
});
