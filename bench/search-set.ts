/** A set of tools and queries with the tools that are right for them, and how well our search does on it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assignNames } from '../src/catalog/names.ts';
import type { CatalogServer, Tool } from '../src/catalog/tool.ts';
import { ToolSearch } from '../src/catalog/tool-search.ts';
import { defaultLimits } from '../src/limits.ts';

/** `corpus.json`. */
interface CorpusRow {
  readonly server: string;
  readonly tool: string;
  readonly description: string;
}

/** `golden.json`. Relevance: 2 is right, 1 will do, 0 is near and wrong. */
interface GoldenRow {
  readonly query: string;
  readonly labels: readonly { readonly tool_id: string; readonly relevance: number }[];
}

export interface SearchSet {
  readonly servers: readonly CatalogServer[];
  readonly golden: readonly GoldenRow[];
}

/** Recall: of the tools that are right or will do, how many are among the first so many. */
export interface Quality {
  readonly recall1: number;
  readonly recall3: number;
  readonly recall5: number;
  readonly recall10: number;
  /** Mean reciprocal rank of the first of them, among ten. */
  readonly mrr: number;
  readonly ndcg10: number;
  /** Median of one search. */
  readonly ms: number;
}

/** @throws Error where the folder holds no such files */
export function readSearchSet(folder: string, goldenFile = 'golden.json'): SearchSet {
  const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  return { servers: serversOf(read('corpus.json') as CorpusRow[]), golden: read(goldenFile) as GoldenRow[] };
}

export async function qualityOf({ servers, golden }: SearchSet): Promise<Quality> {
  const search = new ToolSearch({ inventory: { servers: () => servers }, limits: defaultLimits() });
  const catalog = { servers: () => servers, server: () => undefined };
  await search.update();
  const rows: number[][] = [];
  const times: number[] = [];
  for (const { query, labels } of golden) {
    const startedAt = performance.now();
    const { hits } = await search.find(catalog, { query, resultsMax: 10 });
    times.push(performance.now() - startedAt);
    const relevance = new Map(labels.map((label) => [label.tool_id, label.relevance]));
    rows.push(
      judged(
        hits.map(({ tool }) => relevance.get(`${tool.server}:${tool.name}`) ?? 0),
        labels,
      ),
    );
  }
  const mean = (column: number) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length;
  const ms = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const [recall1, recall3, recall5, recall10, mrr, ndcg10] = [0, 1, 2, 3, 4, 5].map(mean) as [
    ...[number, number, number],
    ...[number, number, number],
  ];
  return { recall1, recall3, recall5, recall10, mrr, ndcg10, ms };
}

/** @param found the relevance of each hit, best first */
function judged(found: readonly number[], labels: GoldenRow['labels']): number[] {
  const wanted = labels.map(({ relevance }) => relevance).filter((relevance) => relevance > 0);
  const recall = (count: number) =>
    found.slice(0, count).filter((relevance) => relevance > 0).length / wanted.length;
  const first = found.findIndex((relevance) => relevance > 0);
  const ideal = gain(wanted.sort((a, b) => b - a).slice(0, 10));
  return [...[1, 3, 5, 10].map(recall), first < 0 ? 0 : 1 / (first + 1), gain(found) / ideal];
}

function gain(relevances: readonly number[]): number {
  return relevances.reduce((sum, relevance, place) => sum + (2 ** relevance - 1) / Math.log2(place + 2), 0);
}

function serversOf(rows: readonly CorpusRow[]): CatalogServer[] {
  const byServer = Map.groupBy(rows, ({ server }) => server);
  const names = assignNames(
    [...byServer].map(([name, tools]) => ({ name, tools: tools.map(({ tool }) => tool) })),
  );
  return [...byServer].map(([name, own]) => {
    const { identifier = name, tools: given } = names.get(name) ?? {};
    const tools = own.map(({ tool, description }): Tool => {
      const definition = { name: tool, description, inputSchema: { type: 'object' } };
      return {
        server: name,
        name: tool,
        serverIdentifier: identifier,
        identifier: given?.get(tool)?.identifier ?? tool,
        flatName: given?.get(tool)?.flatName ?? `${name}__${tool}`,
        definition,
        remote: definition,
        effect: 'unknown',
        repeatable: false,
      };
    });
    return { name, identifier, status: 'ready', tools, quarantined: [] };
  });
}
