/**
 * Which servers there are: those of the configuration file, and those registered at runtime. Tells what has changed when
 * the file is edited, and when a server is registered or removed here or in another process on the same storage.
 */
import path from 'node:path';
import { dropServerEntry, putServerEntry } from '../config/edit.ts';
import { configFileName } from '../config/paths.ts';
import type { Config, ServerConfig, UnusableServer } from '../config/types.ts';
import { watchFileChanges } from '../config/watch-file.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Storage } from '../storage/storage.ts';
import { admissionProblem, mayUseVariable, nameProblem, takeoverProblem } from './admission.ts';
import { type Registration, Registrations } from './registrations.ts';

export interface RegistryOptions {
  readonly config: Config;
  readonly storage: Storage;
  readonly log: Log;
}

export interface ServerChanges {
  /** New ones, and those whose entry is another one now. */
  readonly added: readonly ServerConfig[];
  /** With half a sentence on why. */
  readonly removed: readonly { readonly name: string; readonly reason: string }[];
  /** All that are only listed. */
  readonly unusable: readonly UnusableServer[];
}

export interface RegisterRequest {
  readonly name: string;
  /** As under `mcpServers`; nothing expanded. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** `config` writes it into the user's file; otherwise it is kept in the storage. */
  readonly persist?: 'config' | undefined;
  readonly principal: string;
  /** True for whoever could edit the file as well: what clients may not is allowed then. */
  readonly isOperator?: boolean;
}

export type ServerOrigin = 'config' | 'runtime';

export class ServerRegistry {
  readonly #storage: Storage;
  readonly #log: Log;
  readonly #registrations: Registrations;
  /** As the file has it. */
  #config: Config;
  #effective: Config;
  #apply: ((changes: ServerChanges) => Promise<void>) | undefined;
  #problem: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #ends: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();

  private constructor({ config, storage, log }: RegistryOptions, registrations: Registrations) {
    this.#config = config;
    this.#storage = storage;
    this.#log = log;
    this.#registrations = registrations;
    this.#effective = this.#merged();
  }

  /** With what was registered earlier. Never rejects. */
  static async open(options: RegistryOptions): Promise<ServerRegistry> {
    const { config, storage, log } = options;
    const registrations = new Registrations(storage, log);
    // What the operator has switched off altogether is not taken from other processes either.
    if (config.registration.allow !== false) await registrations.load();
    return new ServerRegistry(options, registrations);
  }

  /** With the servers that there are now; a new object after each change. */
  get config(): Config {
    return this.#effective;
  }

  /** Why the file as it is now could not be taken over: the one before is in force then. */
  get configProblem(): string | undefined {
    return this.#problem;
  }

  /** How long a registration lasts. */
  get keeps(): 'process' | 'storage' {
    return this.#storage.driver === 'memory' ? 'process' : 'storage';
  }

  originOf(name: string): ServerOrigin | undefined {
    if (namesOf(this.#config).includes(name)) return 'config';
    return this.#registrations.get(name) && 'runtime';
  }

  /** From here on changes are carried out, those of other processes too. */
  start(apply: (changes: ServerChanges) => Promise<void>): void {
    this.#apply = apply;
    if (this.#config.registration.allow === false) return;
    this.#ends.push(this.#registrations.watch(() => void this.#inTurn(() => this.#applyChanges())));
  }

  /** Called after the set of servers has changed. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** For a process that stays: the file's edits are taken over as they are made. */
  watchFile(): void {
    const look = async () => {
      if (await this.#config.source?.isStale()) await this.reload().catch(() => {});
    };
    this.#ends.push(watchFileChanges(this.#file, () => void look()));
    // It may have been edited since it was read.
    void look();
  }

  /**
   * Takes the file as it is now. Settings other than the servers stay as they were at the start.
   *
   * @throws OrchestratorError where the file cannot be used: all stays as it was
   */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const { source } = this.#config;
      if (!source) return;
      try {
        const { servers, unusableServers, warnings, source: now = source } = await source.reload();
        for (const warning of warnings) this.#log.warn({}, warning);
        for (const { name, status, reason } of unusableServers)
          if (status === 'invalid') this.#log.warn({ server: name }, reason);
        this.#config = { ...this.#config, servers, unusableServers, source: now };
        this.#problem = undefined;
      } catch (error) {
        this.#problem = `${messageOf(error)} The configuration before is in force.`;
        this.#log.error({ problem: this.#problem }, 'the configuration file was changed, but cannot be used');
        throw error;
      }
      await this.#applyChanges();
    });
  }

  /**
   * @returns the server as it is now, and what is odd about its entry
   * @throws OrchestratorError arguments_invalid, config_invalid; nothing is changed then
   */
  async register(request: RegisterRequest): Promise<{ server: ServerConfig; warnings: readonly string[] }> {
    const { name, entry, persist, principal } = request;
    const invalid = nameProblem(name);
    if (invalid) throw refusal(invalid);
    const reading = this.#read(name, entry, request.isOperator);
    if ('problem' in reading) throw refusal(reading.problem);
    await this.#inTurn(async () => {
      this.#refuseTaken(name, entry, persist);
      if (persist === 'config') await putServerEntry(this.#file, name, entry);
      else {
        await this.#registrations.put({
          name,
          entry,
          principal,
          registered_at: new Date().toISOString(),
        });
        await this.#applyChanges();
      }
    });
    if (persist === 'config') await this.reload();
    this.#log.info({ server: name, principal, persist: persist ?? this.keeps }, 'server registered');
    return reading;
  }

  /** @throws OrchestratorError server_unknown, arguments_invalid, config_invalid */
  async remove(name: string, persist?: 'config'): Promise<void> {
    const origin = this.originOf(name);
    if (origin === undefined) {
      throw new OrchestratorError('server_unknown', `There is no server "${name}".`, {
        hint: `Servers: ${namesOf(this.#effective).slice(0, 30).join(', ') || 'none'}.`,
      });
    }
    if (origin === 'runtime') {
      await this.#inTurn(async () => {
        await this.#registrations.delete(name);
        await this.#applyChanges();
      });
    } else if (persist !== 'config') {
      throw refusal(
        `Server "${name}" is in the configuration file ${this.#file}. Pass persist: "config" to take it out there.`,
      );
    } else {
      const dropped = await this.#inTurn(() => dropServerEntry(this.#file, name));
      if (!dropped) throw refusal(`${this.#file} has no entry "${name}" any more.`);
      await this.reload();
    }
    this.#log.info({ server: name, origin }, 'server removed');
  }

  /** Idempotent. What was registered stays in the storage. */
  close(): void {
    this.#apply = undefined;
    this.#listeners.clear();
    for (const end of this.#ends.splice(0)) end();
  }

  get #file(): string {
    return this.#config.file ?? path.join(this.#config.directory, configFileName);
  }

  #refuseTaken(name: string, entry: object, persist: 'config' | undefined): void {
    const origin = this.originOf(name);
    if (origin === 'config') {
      throw refusal(
        `There is a server "${name}" in the configuration file. Choose another name, or remove it first.`,
      );
    }
    const takeover = takeoverProblem(name, namesOf(this.#effective));
    if (takeover) throw refusal(takeover);
    const known = this.#registrations.get(name);
    const isSame = known && JSON.stringify(known.entry) === JSON.stringify(entry);
    if (known && !isSame && persist === undefined)
      throw refusal(`There is a server "${name}" already, with another entry. Remove it first.`);
  }

  #read(name: string, entry: unknown, isOperator = false) {
    const { source, registration } = this.#config;
    if (!source)
      return { problem: 'Servers cannot be registered here: the configuration came from no file.' };
    const reading = source.readEntry(
      name,
      entry,
      (variable) => isOperator || mayUseVariable(variable, registration),
    );
    if ('problem' in reading || isOperator) return reading;
    const problem =
      admissionProblem(reading.server, registration) ?? cwdProblem(entry, registration.commands);
    return problem === undefined ? reading : { problem };
  }

  /** Of two servers of one name, that of the file counts. */
  #merged(): Config {
    const taken = new Set(namesOf(this.#config));
    const servers = [...this.#config.servers];
    const unusableServers = [...this.#config.unusableServers];
    for (const registration of this.#registrations.all()) {
      const { name } = registration;
      if (taken.has(name)) continue;
      const takeover = takeoverProblem(name, [...taken]);
      if (takeover !== undefined) {
        // Listed, it would have the other's name in scripts even so.
        this.#log.warn({ server: name }, `A registration is left out. ${takeover}`);
        continue;
      }
      taken.add(name);
      const reading = this.#readRegistration(registration);
      if ('problem' in reading)
        unusableServers.push({
          name,
          status: 'invalid',
          reason: `Registered at runtime. ${reading.problem}`,
        });
      else servers.push(reading.server);
    }
    return { ...this.#config, servers, unusableServers };
  }

  #readRegistration({ name, entry }: Registration) {
    const problem = nameProblem(name);
    return problem === undefined ? this.#read(name, entry) : { problem };
  }

  async #applyChanges(): Promise<void> {
    const before = this.#effective;
    const now = this.#merged();
    const changes = changesOf(before, now, (name) =>
      namesOf(this.#config).includes(name) ? 'it was made unusable' : 'it was removed',
    );
    this.#effective = now;
    if (!changes) return;
    await this.#apply?.(changes);
    for (const listener of this.#listeners) listener();
  }

  /** One change after the other: each starts from what the one before has made. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

/** Undefined where nothing has changed. */
function changesOf(before: Config, now: Config, reason: (name: string) => string): ServerChanges | undefined {
  const old = new Map(before.servers.map((server) => [server.name, JSON.stringify(server)]));
  const added = now.servers.filter((server) => old.get(server.name) !== JSON.stringify(server));
  const names = new Set(now.servers.map(({ name }) => name));
  const removed = [...old.keys()]
    .filter((name) => !names.has(name))
    .map((name) => ({ name, reason: reason(name) }));
  const unusable = now.unusableServers;
  const isSame = JSON.stringify(unusable) === JSON.stringify(before.unusableServers);
  return added.length + removed.length === 0 && isSame ? undefined : { added, removed, unusable };
}

function namesOf({ servers, unusableServers }: Config): string[] {
  return [...servers, ...unusableServers].map(({ name }) => name);
}

/** A folder may hold programs of its own under the names of others. */
function cwdProblem(entry: unknown, commands: readonly string[] | undefined): string | undefined {
  if (commands === undefined || typeof entry !== 'object' || entry === null || !('cwd' in entry))
    return undefined;
  return 'With orchestrator.allowed_commands, an entry may not set "cwd".';
}

function refusal(message: string): OrchestratorError {
  return new OrchestratorError('arguments_invalid', message);
}
