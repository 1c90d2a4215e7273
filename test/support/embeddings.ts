/** A real endpoint of the OpenAI kind that knows three meanings, and what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { OnEnd } from './folder.ts';

export interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly model: string;
  readonly input: readonly string[];
}

/** Words of one meaning share a direction; all others count for nothing. */
const meanings = ['cat|feline|kitten', 'rain|weather|forecast', 'money|invoice|bill'].map(
  (words) => new RegExp(`\\b(?:${words})`, 'i'),
);

export interface Endpoint {
  /** Of `/v1/embeddings`. */
  readonly url: string;
  readonly asked: Asked[];
  /** Answers instead, where it is set. */
  answer: ((response: ServerResponse) => void) | undefined;
}

export async function startEndpoint(onEnd: OnEnd = onTestFinished): Promise<Endpoint> {
  const endpoint: Endpoint & { url: string } = { url: '', asked: [], answer: undefined };
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { model, input } = JSON.parse(body) as { model: string; input: string[] };
    endpoint.asked.push({ path: request.url, authorization: request.headers.authorization, model, input });
    if (endpoint.answer) return endpoint.answer(response);
    const data = input.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: [...meanings.map((meaning) => (meaning.test(text) ? 3 : 0)), 0.1],
    }));
    response.setHeader('content-type', 'application/json');
    // The order of the rows is not promised.
    response.end(JSON.stringify({ object: 'list', data: data.reverse(), model }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(endpoint, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`,
  });
}
