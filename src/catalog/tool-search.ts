/** Finds tools by what they do: one index for all catalogues, brought up to date at the next search after a change. */
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Catalog } from './catalog.ts';
import type { EmbeddingRanks } from './embedding-ranks.ts';
import type { Inventory } from './inventory.ts';
import { unknownServer } from './lookup-errors.ts';
import { type Indexed, SearchIndex } from './search-index.ts';
import { pauses } from './search-pauses.ts';
import { fuse, type Ranked, rank } from './search-ranking.ts';
import { matchTools } from './search-regex.ts';
import { spread } from './search-spread.ts';
import type { CatalogServer, Tool } from './tool.ts';

export interface SearchRequest {
  readonly query: string;
  readonly resultsMax: number;
  /** The query is a pattern, in the syntax of RE2, whatever the case of letters. */
  readonly isRegex?: boolean | undefined;
  /** Only this server's tools: its identifier or name. */
  readonly server?: string | undefined;
  /** Only tools that say of themselves that they only read. */
  readonly readOnly?: boolean | undefined;
  readonly hasOutputSchema?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchAnswer {
  /** Best first. */
  readonly hits: readonly Ranked[];
  /** How many match, those that are not among the hits included. */
  readonly total: number;
  /** What the reader has to know of how it was searched. */
  readonly note?: string | undefined;
}

export interface ToolSearchOptions {
  readonly inventory: Pick<Inventory, 'servers'>;
  readonly limits: Pick<
    Limits,
    'searchQueryCharactersMax' | 'searchPatternCharactersMax' | 'searchPatternMsMax'
  >;
  /** Where embeddings are configured. */
  readonly embeddings?: EmbeddingRanks | undefined;
}

export class ToolSearch {
  readonly #options: ToolSearchOptions;
  readonly #index = new SearchIndex();
  /** By flat name. */
  readonly #entries = new Map<string, Indexed>();
  #updating: Promise<void> | undefined;
  /** As last indexed. */
  #servers: readonly CatalogServer[] | undefined;

  constructor(options: ToolSearchOptions) {
    this.#options = options;
  }

  /**
   * Searches what a catalogue shows.
   *
   * @throws OrchestratorError `server_unknown`; `arguments_invalid` for a pattern that is none; `limit_exceeded`
   */
  async find(catalog: Pick<Catalog, 'server' | 'servers'>, request: SearchRequest): Promise<SearchAnswer> {
    this.#checkLength(request);
    const { query, resultsMax } = request;
    if (request.isRegex) {
      const matching = await matchTools(query, wantedTools(catalog, request), this.#options.limits);
      return { hits: matching.slice(0, resultsMax), total: matching.length };
    }
    await this.update();
    const tools = new Set(wantedTools(catalog, request));
    const isWanted = ({ tool }: Indexed) => tools.has(tool);
    const byWords = rank(this.#index, query, isWanted);
    const { ranked, note } = await this.#withMeaning(byWords, [...tools], request);
    const hits = spread(this.#index, query, ranked, resultsMax);
    return { hits, total: ranked.length, note };
  }

  /** By words alone where there is no embedding, or none in time. */
  async #withMeaning(
    byWords: readonly Ranked[],
    tools: readonly Tool[],
    { query, signal }: SearchRequest,
  ): Promise<{ ranked: readonly Ranked[]; note?: string }> {
    const { embeddings } = this.#options;
    if (!embeddings || query.trim() === '' || tools.length === 0) return { ranked: byWords };
    const answer = await embeddings.rank(query, tools, signal);
    if ('problem' in answer) return { ranked: byWords, note: `Ranked by words alone: ${answer.problem}` };
    return { ranked: fuse(byWords, answer.tools) };
  }

  #checkLength({ query, isRegex }: SearchRequest): void {
    const { searchQueryCharactersMax, searchPatternCharactersMax } = this.#options.limits;
    const [limit, most] = isRegex
      ? (['searchPatternCharactersMax', searchPatternCharactersMax] as const)
      : (['searchQueryCharactersMax', searchQueryCharactersMax] as const);
    if (query.length <= most) return;
    const what = isRegex ? 'pattern' : 'query';
    throw new OrchestratorError(
      'limit_exceeded',
      `The ${what} has ${query.length} characters; at most ${most} (${limit}).`,
      {
        hint: isRegex ? 'Use a shorter pattern.' : 'Say in a few words what the tool is to do.',
      },
    );
  }

  /** Indexes what has changed, and only that, a little at a time: nothing else waits for it. */
  async update(): Promise<void> {
    while (this.#options.inventory.servers() !== this.#servers) {
      this.#updating ??= this.#updateOnce().finally(() => {
        this.#updating = undefined;
      });
      await this.#updating;
    }
  }

  async #updateOnce(): Promise<void> {
    const servers = this.#options.inventory.servers();
    const tools = servers.flatMap((server) => server.tools);
    const names = new Set(tools.map(({ flatName }) => flatName));
    const gone = new Set<Indexed>();
    const added: Tool[] = [];
    for (const [name, entry] of this.#entries) if (!names.has(name)) gone.add(entry);
    for (const tool of tools) {
      const known = this.#entries.get(tool.flatName);
      if (known?.tool.definition === tool.definition) known.tool = tool;
      else {
        if (known) gone.add(known);
        added.push(tool);
      }
    }
    for (const { tool } of gone) this.#entries.delete(tool.flatName);
    this.#index.remove(gone);
    const pause = pauses();
    for (const tool of added) {
      this.#entries.set(tool.flatName, this.#index.add(tool));
      await pause();
    }
    this.#servers = servers;
  }
}

function wantedTools(
  catalog: Pick<Catalog, 'server' | 'servers'>,
  { server: name, readOnly, hasOutputSchema }: SearchRequest,
): Tool[] {
  const server = name === undefined ? undefined : catalog.server(name);
  if (name !== undefined && !server) throw unknownServer(name, catalog.servers());
  return (server ? [server] : catalog.servers())
    .flatMap(({ tools }) => tools)
    .filter(
      ({ effect, definition }) =>
        (!readOnly || effect === 'read') && (!hasOutputSchema || definition.outputSchema !== undefined),
    );
}
