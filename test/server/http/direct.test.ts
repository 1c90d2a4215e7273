/** The direct mode over HTTP: whoever called is asked, of several clients at once; changes of resources reach who listens. */
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../../support/ends-last.ts';
import { connectHttp, type HttpServed, serveHttp } from '../../support/http.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';
import { eventually } from '../../support/processes.ts';

const servers = {
  old: fixture('asks.mjs'),
  modern: fixture('asks-modern.mjs'),
  offers: fixture('offers.mjs'),
};
const onEnd = endsLast();
let served: HttpServed;

beforeAll(async () => {
  served = await serveHttp(setUp(servers, { mode: 'direct' }, onEnd), { onEnd });
});

const eras = { legacy: 'legacy', modern: { pin: '2026-07-28' } } as const;

async function person(name: string, era: keyof typeof eras) {
  const { client } = await connectHttp(served.url, {
    client: { versionNegotiation: { mode: eras[era] }, capabilities: { elicitation: {} } },
  });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name } }));
  const ask = async (tool: string): Promise<string> =>
    JSON.stringify((await client.callTool({ name: tool })).content);
  return { client, ask, name };
}

describe('several clients at once', () => {
  it('are each asked for their own calls, in either era', async () => {
    const people = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        person(`person-${index}`, index % 2 === 0 ? 'legacy' : 'modern'),
      ),
    );
    const answers = await Promise.all(people.map(({ ask }) => ask('modern__person')));
    for (const [index, answer] of answers.entries()) expect(answer).toContain(`person-${index}\\`);
  });

  it('are not asked what a server of the older era may have meant for another', async () => {
    const [ada, bob] = await Promise.all([person('Ada', 'legacy'), person('Bob', 'modern')]);
    expect(await ada.ask('old__person')).toContain('Ada');
    const waiting = bob.ask('old__wait');
    await eventually(async () => (await bob.ask('old__crowd')).includes('"1"'), 'a call of Bob is under way');
    expect(await ada.ask('old__person')).toContain('several clients');
    await bob.ask('old__let_go');
    await waiting;
    expect(await bob.ask('old__person')).toContain('Bob');
  });
});

it('answers to a question that nobody asked are refused', async () => {
  const { client } = await person('Eve', 'modern');
  const params = { name: 'modern__person', inputResponses: {}, requestState: 'guessed' };
  await expect(client.request({ method: 'tools/call', params })).rejects.toMatchObject({
    code: -32_602,
    message: expect.stringContaining('requestState'),
  });
});

it('a client that listens hears of changes of a resource, as long as it does', async () => {
  const { client, ask } = await person('Ada', 'modern');
  const uri = 'mcp://offers/test://same';
  const updated: string[] = [];
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void updated.push(params.uri),
  );
  const subscription = await client.listen({ resourceSubscriptions: [uri] });
  await eventually(
    async () => (await ask('offers__subscribed')).includes('test://same'),
    'the server is asked',
  );
  await client.callTool({ name: 'offers__touch', arguments: { uri: 'test://same' } });
  await eventually(() => updated.includes(uri), 'the change is heard of');
  await subscription.close();
  await eventually(async () => (await ask('offers__subscribed')).includes('[]'), 'the server is let go');
});
