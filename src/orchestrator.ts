/** The composition root: puts the rooms together for one configuration, and ends them in reverse order. */
import { Catalog } from './catalog/catalog.ts';
import { EmbeddingRanks } from './catalog/embedding-ranks.ts';
import { Inventory } from './catalog/inventory.ts';
import type { ObservedResults } from './catalog/observed.ts';
import { Offers } from './catalog/offers.ts';
import type { Pins } from './catalog/pins.ts';
import { profileFilter } from './catalog/tool-filter.ts';
import { ToolSearch } from './catalog/tool-search.ts';
import { ScriptChecker } from './checking/script-checker.ts';
import { ApiUpkeep } from './codegen/api-upkeep.ts';
import { CheckedApi } from './codegen/checked-api.ts';
import { generateUnifiedApi } from './codegen/generate.ts';
import { TypeCompiler } from './codegen/type-cache.ts';
import { writeGenerated } from './codegen/write.ts';
import { findProfile, type Profile } from './config/profiles.ts';
import type { Config } from './config/types.ts';
import { ConnectionPool } from './downstream/pool.ts';
import { messageOf } from './errors.ts';
import { apiTableText } from './execution/api-table.ts';
import { Approval } from './execution/approval.ts';
import { Router } from './execution/router.ts';
import { RunStore } from './execution/run-store.ts';
import { Runner } from './execution/runner.ts';
import { SandboxPool, type SandboxStats } from './execution/sandbox-pool.ts';
import { Telemetry } from './execution/telemetry.ts';
import { TypeGate } from './execution/type-gate.ts';
import type { Log } from './log.ts';
import { Policies } from './policies/policies.ts';
import { PolicyWatch } from './policies/policy-watch.ts';
import type { Schedules } from './policies/schedule.ts';
import { type Kept, openKept } from './registry/kept.ts';
import type { ServerChanges, ServerRegistry } from './registry/registry.ts';
import type { Storage } from './storage/storage.ts';

export interface OrchestratorOptions {
  readonly config: Config;
  readonly log: Log;
  /** The harmless variables that every stdio server gets (PATH, HOME, ...). */
  readonly serverEnvironment: Readonly<Record<string, string>>;
}

/** What somebody may see and do: all of an orchestrator, or a profile of it. */
export interface OrchestratorView {
  /** With the servers that there are now. */
  readonly config: Config;
  /** Which servers there are, and how that changes. */
  readonly servers: ServerRegistry;
  readonly storage: Storage;
  readonly runs: RunStore;
  readonly types: TypeCompiler;
  readonly search: ToolSearch;
  readonly catalog: Catalog;
  /** Of all servers: ask for those of the catalogue. */
  readonly offers: Offers;
  readonly router: Router;
  readonly runner: Runner;
  readonly policies: Policies;
}

export class Orchestrator implements OrchestratorView {
  readonly servers: ServerRegistry;
  readonly catalog: Catalog;
  readonly offers: Offers;
  readonly runner: Runner;
  readonly router: Router;
  readonly types: TypeCompiler;
  /** One index for all views: each searches what its catalogue shows. */
  readonly search: ToolSearch;
  readonly storage: Storage;
  readonly policies: Policies;
  /** Records of runs. */
  readonly runs: RunStore;
  /** Of runs and calls that have ended. */
  readonly telemetry = new Telemetry();
  /** What tools were when they were first seen. */
  readonly pins: Pins;
  readonly #inventory: Inventory;
  readonly #observed: ObservedResults;
  readonly #connections: ConnectionPool;
  readonly #sandboxes: SandboxPool;
  readonly #checker: ScriptChecker;
  readonly #upkeep: ApiUpkeep;
  readonly #log: Log;
  readonly #approval: Approval;
  /** Those of the views included. */
  readonly #runners: Runner[] = [];
  readonly #views = new WeakMap<Profile, OrchestratorView>();
  readonly #background = new AbortController();
  readonly #policyWatch: PolicyWatch;
  #schedules: Schedules | undefined;
  #staysOn = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  private constructor(
    { log, serverEnvironment }: OrchestratorOptions,
    { servers, storage, cache, cached, observed, pins }: Kept,
  ) {
    const { config } = servers;
    const { limits, cacheDirectory } = config;
    this.servers = servers;
    this.pins = pins;
    this.#log = log;
    const eras = new Map([...cached].flatMap(([name, { era }]) => (era ? [[name, era] as const] : [])));
    this.#connections = new ConnectionPool(config.servers, {
      limits,
      log,
      defaultEnvironment: serverEnvironment,
      eras,
      onRetry: (server) => this.telemetry.retried(server),
    });
    this.#approval = new Approval(config.approval);
    this.storage = storage;
    this.runs = new RunStore({ storage, limits, log });
    this.#observed = observed;
    const connections = this.#connections;
    this.#inventory = new Inventory({ config, connections, cache, pins, cached, observed, log });
    this.offers = new Offers({ connections, limits, log });
    this.types = new TypeCompiler({ cacheDirectory, log });
    const { embeddings: settings } = config;
    const embeddings = settings && new EmbeddingRanks({ settings, limits, cacheDirectory, log });
    this.search = new ToolSearch({ inventory: this.#inventory, limits, embeddings });
    this.#sandboxes = new SandboxPool({ limits, log, isolation: config.isolation });
    this.#checker = new ScriptChecker({ limits, log });
    this.catalog = new Catalog(this.#inventory, config.profile && [profileFilter(config.profile)]);
    const checkedApi = new CheckedApi(() => this.catalog.servers(), this.types);
    const { router, runner, policies } = this.#callersOf(this.catalog, checkedApi);
    this.router = router;
    this.runner = runner;
    this.policies = policies;
    this.#policyWatch = new PolicyWatch({ policies, log });
    this.#upkeep = new ApiUpkeep({
      ...{ config, catalog: this.catalog, checker: this.#checker, checkedApi, log },
      generate: (file) => this.generate(file),
    });
  }

  /** Ready for runs at once; nothing is connected before it is needed. */
  static async open(options: OrchestratorOptions): Promise<Orchestrator> {
    const orchestrator = new Orchestrator(options, await openKept(options));
    orchestrator.catalog.onChanged(() => orchestrator.#publishNames());
    orchestrator.#publishNames();
    orchestrator.servers.start((changes) => orchestrator.#applyChanges(changes));
    return orchestrator;
  }

  /** With the servers that there are now. */
  get config(): Config {
    return this.servers.config;
  }

  /**
   * What a profile leaves of what there is here; everything where none is named. Views share connections, sandboxes and the
   * type checker, and end with the orchestrator.
   *
   * @throws OrchestratorError `profile_unknown`
   */
  forProfile(name: string | undefined): OrchestratorView {
    if (name === undefined) return this;
    const profile = findProfile(this.config.profiles, name);
    const known = this.#views.get(profile);
    if (known) return known;
    const { servers, storage, runs, types, offers, search } = this;
    const catalog = this.catalog.narrowed(profileFilter(profile));
    const checkedApi = new CheckedApi(() => catalog.servers(), types);
    const view = {
      get config() {
        return servers.config;
      },
      ...{ servers, storage, runs, types, offers, search, catalog },
      ...this.#callersOf(catalog, checkedApi),
    };
    this.#views.set(profile, view);
    return view;
  }

  /** For a server that stays: asks every downstream server in the background and keeps `unified_api.ts` up to date. */
  startBackground(): void {
    const { signal } = this.#background;
    this.#staysOn = true;
    this.warm();
    this.servers.watchFile();
    this.catalog.onChanged(() => this.#upkeep.generateSoon());
    this.catalog.onChanged(() => this.#upkeep.primeSoon());
    this.#observed.onChanged(() => this.#upkeep.generateSoon());
    this.catalog.onChanged(() => this.catalog.settled() && this.#policyWatch.checkSoon());
    this.#policyWatch.start();
    this.#policyWatch.checkSoon();
    void this.#startSchedules();
    this.#upkeep.generateSoon();
    this.catalog.refreshAll(signal).then(
      ({ server_count, tool_count, failed }) => {
        this.#log.info(
          { servers: server_count, tools: tool_count, failed: failed.length },
          'all servers asked',
        );
        this.#upkeep.generateSoon();
        // So that the first search finds its index made.
        void this.search.update();
      },
      (error: unknown) => this.#log.error({ error: messageOf(error) }, 'the servers could not be asked'),
    );
    this.#retryTimer = setInterval(
      () => void this.catalog.retryFailed(),
      this.config.limits.reconnectMsMax,
    ).unref();
  }

  /** Calls back when a policy has come, gone or changed. @returns what ends that */
  onPoliciesChanged(listener: () => void): () => void {
    return this.#policyWatch.onChanged(listener);
  }

  async #startSchedules(): Promise<void> {
    const { Schedules } = await import('./policies/schedule.ts');
    if (this.#closed) return;
    const { cacheDirectory } = this.config;
    this.#schedules = new Schedules({ policies: this.policies, log: this.#log, cacheDirectory });
    this.#schedules.start();
    this.onPoliciesChanged(() => void this.#schedules?.look());
  }

  /** Starts the sandbox processes and the type checker before they are needed. */
  warm(): void {
    this.#sandboxes.warm();
    this.#upkeep.primeSoon();
  }

  /**
   * Writes `unified_api.ts` for the catalogue as it is.
   *
   * @param file absolute path
   */
  async generate(file: string): Promise<'written' | 'unchanged'> {
    const text = await generateUnifiedApi(this.catalog.servers(), this.types, { observed: true });
    return writeGenerated(file, text);
  }

  /** How busy it is right now; costs nothing. */
  activity(): { sandboxes: SandboxStats; connected: number; circuits: ReadonlyMap<string, boolean> } {
    const { connected } = this.#connections;
    return { sandboxes: this.#sandboxes.stats(), connected, circuits: this.#connections.circuits() };
  }

  /** Ends runs, connections and processes; afterwards none of ours is left. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    this.servers.close();
    this.#inventory.close();
    this.#background.abort();
    this.#policyWatch.close();
    this.#schedules?.close();
    this.#upkeep.close();
    clearInterval(this.#retryTimer);
    await Promise.all(this.#runners.map((runner) => runner.close()));
    await this.runs.flush();
    await Promise.allSettled([
      this.#sandboxes.close(),
      this.#checker.close(),
      this.types.close(),
      this.#connections.close(),
      this.#observed.close(),
    ]);
    await this.storage.close();
  }

  /** Whoever makes calls of a catalogue's tools. */
  #callersOf(
    catalog: Catalog,
    checkedApi: CheckedApi,
  ): Pick<OrchestratorView, 'router' | 'runner' | 'policies'> {
    const { limits, check, policyFolders: folders } = this.config;
    const { telemetry, runs } = this;
    const router = new Router({
      catalog,
      approval: this.#approval,
      connections: this.#connections,
      limits,
      observed: this.#observed,
      telemetry,
    });
    const types = new TypeGate({
      catalog,
      checker: this.#checker,
      describeApi: (needed, msMax) => checkedApi.describe(needed, msMax),
      beginTypes: () => this.types.begin(),
      limits,
    });
    const sandboxes = this.#sandboxes;
    const log = this.#log;
    const connections = this.#connections;
    const runner = new Runner({
      ...{ catalog, router, connections, sandboxes, types, runs, telemetry, check, limits, log },
    });
    this.#runners.push(runner);
    return {
      router,
      runner,
      policies: new Policies({ folders, catalog, runner, runs, sandboxes, types, limits }),
    };
  }

  /** Servers that are the same keep their connections. */
  async #applyChanges({ added, removed, unusable }: ServerChanges): Promise<void> {
    for (const { name, reason } of removed) this.#inventory.remove(name, reason);
    this.#inventory.setUnusable(unusable);
    await Promise.all(added.map((server) => this.#inventory.add(server)));
    this.#log.info(
      { added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) },
      'servers changed',
    );
    if (!this.#staysOn) return;
    for (const { name } of added) void this.catalog.refresh(name).catch(() => {});
  }

  /** Known to the sandboxes before a script comes. */
  #publishNames(): void {
    this.#sandboxes.setApi(apiTableText(this.catalog.servers()));
  }
}
