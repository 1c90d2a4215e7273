/** The numbers at `/metrics`: all that docs/http.md promises, named as Prometheus has it, with labels that strangers cannot add to. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startHttp } from '../../downstream/support.ts';
import { ask, callBody, serveHttp } from '../../support/http.ts';
import { fixture, root, setUp } from '../../support/orchestrator.ts';

it('tells of calls that were sent again, and of servers that are left alone', async () => {
  const { url: busy } = await startHttp('misbehaves', {}, ['http']);
  const servers = { busy: { url: busy }, crashes: fixture('crashes-on-call.mjs'), calm: fixture('echo.mjs') };
  const limits = { breakerFailures: 1, retriesMax: 3 };
  const { url } = await serveHttp(setUp(servers, { limits, check: 'off' }));
  const call = async (tool_name: string, args: object = {}) =>
    (await ask(url, { body: callBody('call_remote_tool', { tool_name, arguments: args }) })).json();
  const read = async () => (await ask(url, { method: 'GET', path: '/metrics' })).text;
  const value = (text: string, line: string) =>
    text
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.split(' ')[1];

  await call('calm.echo', { text: 'a' });
  const circuit = (server: string) => `mcp_orchestrator_circuit_open{server="${server}"}`;
  const before = await read();
  expect(value(before, circuit('calm'))).toBe('0');
  expect(value(before, circuit('crashes'))).toBe('0');

  expect((await call('busy.busy', { times: 2 })).result.content[0].text).toBe('3');
  await call('crashes.crash');
  await call('nobody.knows');
  await call('calm.neither');
  const after = await read();
  expect(value(after, 'mcp_orchestrator_retries_total{server="busy"}')).toBe('2');
  expect([value(after, circuit('calm')), value(after, circuit('crashes'))]).toEqual(['0', '1']);

  const samples = after.split('\n').filter((line) => line.startsWith('mcp_orchestrator_'));
  const labels = samples.flatMap((line) => /server="([^"]*)"/.exec(line)?.[1] ?? []);
  expect([...new Set(labels)].sort()).toEqual(['busy', 'calm', 'crashes']);

  const kinds = [...after.matchAll(/^# TYPE (mcp_orchestrator_\w+) (\w+)$/gm)];
  for (const [, name = '', kind] of kinds) {
    expect(name.endsWith('_total'), name).toBe(kind === 'counter');
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
  }
  expect(promised().sort()).toEqual(kinds.map(([, name]) => name).sort());
});

/** `name{label}`, and `a_b`, `_c` for `a_b` and `a_c`. */
function promised(): string[] {
  const [, table = ''] =
    /## Numbers\n([\s\S]*?)\n## /.exec(readFileSync(path.join(root, 'docs/http.md'), 'utf8')) ?? [];
  return [...table.matchAll(/^\| (`mcp_orchestrator_[^|]*)/gm)].flatMap(([, cell = '']) => {
    const [first = '', ...others] = [...cell.matchAll(/`([^`{]*)[^`]*`/g)].map(([, name = '']) => name);
    return [first, ...others.map((ending) => first.replace(/_[a-z]+$/, ending))];
  });
}
