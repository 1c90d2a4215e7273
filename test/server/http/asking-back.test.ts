/** Several clients over HTTP whom servers ask back: one who goes away, or never answers, keeps nobody else from being asked. */
import type { Client } from '@modelcontextprotocol/client';
import { beforeAll, expect, it } from 'vitest';
import { endsLast } from '../../support/ends-last.ts';
import { connectHttp, type HttpServed, serveHttp } from '../../support/http.ts';
import { listening } from '../../support/oauth.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';

const onEnd = endsLast();
const principals = ['ada', 'bob', 'cy'] as const;
const token = (name: string) => `token-of-${name}-0123456789`;

let served: HttpServed;
beforeAll(async () => {
  const remote = await listening('asks-http.mjs', {}, onEnd);
  const setup = setUp(
    { old: fixture('asks.mjs'), other: fixture('asks.mjs'), remote: { url: remote.url } },
    {
      mode: 'direct',
      http: { tokens: principals.map((name) => ({ name, token: `\${TOKEN_${name}}`, scopes: ['run'] })) },
      limits: { askMsMax: 120_000 },
    },
    onEnd,
  );
  const env = Object.fromEntries(principals.map((name) => [`TOKEN_${name}`, token(name)]));
  served = await serveHttp(setup, { env, onEnd });
});

interface Person {
  readonly client: Client;
  readonly asked: unknown[];
  readonly withdrawn: Promise<void>;
  /** The next question is seen. */
  isAsked(): Promise<void>;
}

/** @param answer undefined: the person never answers */
async function person(
  name: (typeof principals)[number],
  { era = 'legacy', answer }: { era?: 'legacy' | '2026-07-28'; answer?: string } = {},
): Promise<Person> {
  const { client } = await connectHttp(served.url, {
    client: {
      versionNegotiation: { mode: era === 'legacy' ? era : { pin: era } },
      capabilities: { elicitation: { form: {}, url: {} }, sampling: {} },
    },
    headers: { Authorization: `Bearer ${token(name)}` },
  });
  const asked: unknown[] = [];
  const withdrawn = Promise.withResolvers<void>();
  client.setRequestHandler('elicitation/create', ({ params }, { mcpReq }) => {
    asked.push(params);
    mcpReq.signal.addEventListener('abort', () => withdrawn.resolve());
    if (params.mode === 'url') return { action: 'accept' };
    return answer === undefined ? new Promise(() => {}) : { action: 'accept', content: { name: answer } };
  });
  client.setRequestHandler('sampling/createMessage', () => ({
    ...{ role: 'assistant', model: 'm', content: { type: 'text', text: `for ${name}` } },
  }));
  const isAsked = () => expect.poll(() => asked.length).toBeGreaterThan(0);
  return { client, asked, withdrawn: withdrawn.promise, isAsked };
}

async function ask(
  { client }: Person,
  name: string,
  args: Record<string, unknown> = {},
  signal?: AbortSignal,
) {
  const { content } = await client.callTool({ name, arguments: args }, signal && { signal });
  return JSON.parse((content[0] as { text: string }).text);
}

const answerOf = (name: string) => ({ result: { action: 'accept', content: { name } } });

it('one whose connection is lost, or who cancels, is forgotten at once', async () => {
  const bob = await person('bob', { answer: 'Bob' });
  const lost = await person('ada');
  void ask(lost, 'old__person').catch(() => {});
  await lost.isAsked();
  await lost.client.close();
  // No declining in between: the very first question has to come through once the server is rid of the other call.
  await expect.poll(() => ask(bob, 'old__crowd')).toBe(0);
  expect(await ask(bob, 'old__person')).toEqual(answerOf('Bob'));

  const fickle = await person('cy');
  const stop = new AbortController();
  const cancelled = ask(fickle, 'old__person', {}, stop.signal).catch(String);
  await fickle.isAsked();
  stop.abort('never mind');
  expect(await cancelled).toContain('never mind');
  expect(await ask(bob, 'old__person')).toEqual(answerOf('Bob'));
  await fickle.withdrawn;
});

it('over HTTP a server asks on the stream of the call: all are asked at once, whoever answers', async () => {
  const [ada, bob, cy] = [
    await person('ada'),
    await person('bob', { answer: 'Bob' }),
    await person('cy', { era: '2026-07-28', answer: 'Cy' }),
  ];
  const stop = new AbortController();
  const never = ask(ada, 'remote__person', {}, stop.signal).catch(() => {});
  await ada.isAsked();
  const answers = await Promise.all([
    ...[bob, cy, bob, cy].map((one) => ask(one, 'remote__person')),
    ...[bob, cy].map((one) => ask(one, 'remote__model')),
  ]);
  const names = ['Bob', 'Cy', 'Bob', 'Cy'].map((name) => answerOf(name).result);
  expect(answers).toEqual([
    ...names,
    expect.objectContaining({ content: { type: 'text', text: 'for bob' } }),
    expect.objectContaining({ content: { type: 'text', text: 'for cy' } }),
  ]);
  expect(ada.asked).toHaveLength(1);
  stop.abort();
  await never;
});

it('that a page is done with is told to whoever was sent there, once, and to nobody else', async () => {
  const people = [await person('ada'), await person('bob')] as const;
  const told: [string, unknown][] = [];
  for (const [index, { client }] of people.entries())
    client.setNotificationHandler('notifications/elicitation/complete', ({ params }) => {
      told.push([principals[index] ?? '', params]);
    });
  const [ada, bob] = people;
  expect(await ask(ada, 'old__page')).toEqual({ result: { action: 'accept' } });
  await expect(ada.client.callTool({ name: 'old__page_first' })).rejects.toMatchObject({
    ...{ code: -32_042, data: { elicitations: [{ elicitationId: 'first' }] } },
  });
  // One that nobody was sent to; one of another server; both of this server's, and one of them again.
  await ask(bob, 'old__page_done', { id: 'nobodys' });
  await ask(bob, 'other__page_done', { id: 'first' });
  for (const id of ['first', 'e1', 'e1']) await ask(bob, 'old__page_done', { id });
  await expect.poll(() => told.length).toBe(2);
  await ask(ada, 'old__page');
  await ask(bob, 'old__page_done');
  await expect.poll(() => told.length).toBe(3);
  expect(told).toEqual([
    ['ada', { elicitationId: 'first' }],
    ['ada', { elicitationId: 'e1' }],
    ['ada', { elicitationId: 'e1' }],
  ]);
});

// The last one: what nobody answers stays under way.
it.each(['legacy', '2026-07-28'] as const)(
  'one of %s who never answers holds up no other server, and is never taken for whoever asks next',
  async (era) => {
    const [ada, bob, cy] = [
      await person('ada', { era }),
      await person('bob', { answer: 'Bob' }),
      await person('cy', { era: '2026-07-28', answer: 'Cy' }),
    ];
    // From 2026-07-28 on nobody can know that such a client will not come back.
    void ask(ada, 'old__person').catch(() => {});
    await ada.isAsked();
    expect(await ask(bob, 'other__person')).toEqual(answerOf('Bob'));
    expect(await ask(cy, 'other__person')).toEqual(answerOf('Cy'));
    // Whose question the next one is, nobody can know: a guess could show Ada's to Bob.
    expect(await ask(bob, 'old__person')).toMatchObject({
      result: { action: 'decline', _meta: { reason: expect.stringContaining('several clients') } },
    });
    expect(await ask(bob, 'old__model')).toMatchObject({ error: { message: /several clients/ } });
    expect(ada.asked).toHaveLength(1);
  },
);
