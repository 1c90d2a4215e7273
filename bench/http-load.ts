/** Many clients at once over HTTP, each of which knows what it has to be answered. Used by the bench and by a test. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export interface Load {
  readonly url: string;
  readonly clients: number;
  readonly seconds: number;
  /** A tool that gives its `text` back, as scripts call it. */
  readonly echo: string;
}

export interface LoadResult {
  readonly answered: number;
  /** Answers that were meant for somebody else, or for another request. */
  readonly wrong: number;
  /** What was answered by an error, or not at all. */
  readonly lost: readonly string[];
  /** Resident memory of the server in bytes, halfway and at the end: it takes a while until V8 has the heap that it wants. */
  readonly memory: { readonly before: number; readonly after: number };
  /** Milliseconds from the request to its answer. */
  readonly times: readonly number[];
}

/** Of the new era, of the old one without a session, and with one. */
const kinds = [
  { versionNegotiation: { mode: 'auto' } },
  { versionNegotiation: { mode: 'legacy' } },
  { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: {} } },
] as const;

export async function runLoad(load: Load): Promise<LoadResult> {
  const clients = await Promise.all(
    Array.from({ length: load.clients }, (_, index) => connect(load.url, kinds[index % kinds.length])),
  );
  const result = { answered: 0, wrong: 0, lost: [] as string[], times: [] as number[] };
  const ask = async (client: Client, word: string) => {
    const startedAt = performance.now();
    const isScript = result.answered % 2 === 0;
    const request = isScript
      ? {
          name: 'execute_composed_code',
          arguments: { code: `return await ${load.echo}({ text: '${word}' })` },
        }
      : { name: 'call_remote_tool', arguments: { tool_name: load.echo, arguments: { text: word } } };
    try {
      const { structuredContent, content, isError } = await client.callTool(request, { timeout: 120_000 });
      const [block] = content;
      const said = isScript
        ? (structuredContent as { result?: unknown } | undefined)?.result
        : block?.type === 'text'
          ? block.text
          : undefined;
      if (isError) result.lost.push(JSON.stringify(content).slice(0, 300));
      else if (said === word) result.answered += 1;
      else result.wrong += 1;
    } catch (error) {
      result.lost.push(String(error));
    }
    result.times.push(performance.now() - startedAt);
  };
  await Promise.all(clients.map((client, index) => ask(client, `first-${index}`)));
  const midway = new Promise<number>((resolve) => {
    setTimeout(() => resolve(residentBytes(load.url)), load.seconds * 500);
  });
  const endAt = performance.now() + load.seconds * 1_000;
  await Promise.all(
    clients.map(async (client, index) => {
      for (let round = 0; performance.now() < endAt; round += 1) await ask(client, `${index}-${round}`);
    }),
  );
  const [before, after] = [await midway, await residentBytes(load.url)];
  await Promise.all(clients.map((client) => client.close()));
  return { ...result, memory: { before, after } };
}

async function connect(url: string, options: (typeof kinds)[number] | undefined): Promise<Client> {
  const client = new Client({ name: 'load', version: '1.0.0' }, options);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}
