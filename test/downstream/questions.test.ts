// Whom a server's question is put to where several clients share its connection.
import { expect, it } from 'vitest';
import type { Caller } from '../../src/downstream/caller.ts';
import { failureOf, http, open, startHttp, stdio, textOf, until } from './support.ts';

interface Person {
  readonly caller: Caller;
  readonly asked: unknown[];
}

function person(name: string, place?: object): Person {
  const asked: unknown[] = [];
  const client = {
    place,
    capabilities: { elicitation: {}, sampling: {} },
    elicit: async ({ message }: { message?: unknown }) => {
      asked.push(message);
      return { action: 'accept', content: { name } };
    },
    sample: async () => {
      throw Object.assign(new Error('I would rather not'), { code: -1 });
    },
  };
  return { caller: { principal: name, client }, asked };
}

it('is the client of all calls under way, and nobody where they are of two', async () => {
  const connection = open(stdio('asks'));
  const call = async ({ caller }: Person, tool: string) =>
    JSON.parse(textOf(await connection.callTool(tool, {}, { repeatable: false, caller })));
  const [ada, bob] = [person('Ada'), person('Bob')];
  expect(await call(ada, 'person')).toEqual({ result: { action: 'accept', content: { name: 'Ada' } } });

  const waiting = call(bob, 'wait');
  await until(async () => (await call(bob, 'crowd')) === 1, 'the other call is under way');
  expect(await call(ada, 'person')).toEqual({
    result: { action: 'decline', _meta: { reason: expect.stringContaining('several clients') } },
  });
  expect(await call(ada, 'model')).toMatchObject({
    error: { message: expect.stringContaining('several clients') },
  });
  expect([ada.asked, bob.asked]).toEqual([['[asks] Who are you?'], []]);

  // Calls of one place are of one client, whatever objects they came with.
  expect(await call(bob, 'person')).toMatchObject({ result: { content: { name: 'Bob' } } });
  await call(bob, 'let_go');
  await waiting;
  const desk = {};
  const both = [person('Cy', desk), person('Cyril', desk)] as const;
  const longer = call(both[0], 'wait');
  await until(async () => (await call(both[1], 'crowd')) === 1, 'the call is under way');
  expect(await call(both[1], 'person')).toMatchObject({ result: { action: 'accept' } });
  await call(both[1], 'let_go');
  await longer;
});

it("'s refusal reaches the server as it was given", async () => {
  const { caller } = person('Ada');
  const answer = await open(stdio('asks')).callTool('model', {}, { repeatable: false, caller });
  expect(JSON.parse(textOf(answer))).toEqual({ error: { code: -1, message: 'I would rather not' } });
  expect(
    await failureOf(open(stdio('asks-modern')).callTool('model', {}, { repeatable: false, caller })),
  ).toMatchObject({
    code: 'protocol_error',
    message: expect.stringContaining(
      'asked for sampling/createMessage, which got no answer: I would rather not',
    ),
  });
});

it('of a server of 2026-07-28 over HTTP comes with its call: several clients are asked at once', async () => {
  const { url } = await startHttp('asks-modern', { PORT: '0' });
  const connection = open(http(url));
  const people = ['Ada', 'Bob', 'Cy'].map((name) => person(name));
  const answers = await Promise.all(
    people.map(({ caller }) => connection.callTool('person', {}, { repeatable: false, caller })),
  );
  expect(answers.map((answer) => JSON.parse(textOf(answer)).inputResponses.who.content.name)).toEqual([
    'Ada',
    'Bob',
    'Cy',
  ]);
});
