/** How well tools are found, on our own sets and on one that is named, and how long a search takes among many. */
import path from 'node:path';
import type { CatalogServer } from '../../src/catalog/tool.ts';
import { ToolSearch } from '../../src/catalog/tool-search.ts';
import { defaultLimits } from '../../src/limits.ts';
import { type Quality, qualityOf, readSearchSet, type SearchSet } from '../search-set.ts';
import { atMost, type RowGroup } from './group.ts';

const folder = path.resolve(import.meta.dirname, '../search');
const latencyTools = 1_500;
const latencyMsMax = 5;

const measures = [
  ['R@1', 'recall1'],
  ['R@3', 'recall3'],
  ['R@5', 'recall5'],
  ['R@10', 'recall10'],
  ['MRR', 'mrr'],
  ['nDCG@10', 'ndcg10'],
] as const satisfies readonly (readonly [string, keyof Quality])[];

function qualityGroup(name: string, read: () => SearchSet): RowGroup {
  return {
    rows: [
      ...measures.map(([measure]) => ({ name: `search, ${name}: ${measure}`, unit: '' as const })),
      { name: `search, ${name}: one search, p50`, unit: 'ms' },
    ],
    async measure() {
      const quality = await qualityOf(read());
      return [...measures.map(([, key]) => ({ ours: quality[key] })), { ours: quality.ms }];
    },
  };
}

const latencyGroup: RowGroup = {
  rows: [{ name: 'search, 1,500 tools: one search, p50', unit: 'ms', bar: atMost(latencyMsMax) }],
  async measure() {
    const { servers, golden } = readSearchSet(folder);
    const quality = await qualityOf({ servers: repeated(servers, latencyTools), golden });
    return [{ ours: quality.ms }];
  },
};

/** One server changing among them: how long the next search takes. */
const updateGroup: RowGroup = {
  rows: [{ name: 'search, 1,500 tools: first one after a server has changed', unit: 'ms' }],
  async measure() {
    let servers = repeated(readSearchSet(folder).servers, latencyTools);
    const catalog = { servers: () => servers, server: () => undefined };
    const search = new ToolSearch({ inventory: catalog, limits: defaultLimits() });
    await search.find(catalog, { query: 'create an issue', resultsMax: 5 });
    const [first, ...others] = servers;
    if (!first) throw new Error('there are no servers');
    const tools = first.tools.map((tool) => ({ ...tool, definition: { ...tool.definition } }));
    servers = [{ ...first, tools }, ...others];
    const startedAt = performance.now();
    await search.find(catalog, { query: 'create an issue', resultsMax: 5 });
    return [{ ours: performance.now() - startedAt }];
  },
};

function repeated(servers: readonly CatalogServer[], toolsMax: number): CatalogServer[] {
  const all: CatalogServer[] = [];
  for (let round = 1, tools = 0; tools < toolsMax; round++) {
    for (const server of servers) {
      const name = `${server.name}_${round}`;
      const own = server.tools.slice(0, toolsMax - tools);
      tools += own.length;
      all.push({
        ...server,
        name,
        identifier: name,
        tools: own.map((tool) => ({ ...tool, server: name, flatName: `${name}__${tool.identifier}` })),
      });
    }
  }
  return all;
}

const { BENCH_SEARCH_SET: named } = process.env;

export const searchGroups: readonly RowGroup[] = [
  qualityGroup('own set', () => readSearchSet(folder)),
  qualityGroup('held-out set', () => readSearchSet(folder, 'held-out.json')),
  ...(named ? [qualityGroup(path.basename(named), () => readSearchSet(path.resolve(named)))] : []),
  latencyGroup,
  updateGroup,
];
