/** In a process that stays: `unified_api.ts` and what the type checker knows follow the catalogue. */
import type { Catalog } from '../catalog/catalog.ts';
import type { ScriptChecker } from '../checking/script-checker.ts';
import type { Config } from '../config/types.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CheckedApi } from './checked-api.ts';

export interface ApiUpkeepOptions {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly checker: ScriptChecker;
  readonly checkedApi: CheckedApi;
  readonly log: Log;
  /** Writes the file for the catalogue as it is. */
  generate(file: string): Promise<'written' | 'unchanged'>;
}

/** Changes that come one after the other are one. */
const delayMs = 100;

export class ApiUpkeep {
  readonly #options: ApiUpkeepOptions;
  #generateTimer: NodeJS.Timeout | undefined;
  #primeTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ApiUpkeepOptions) {
    this.#options = options;
  }

  /** A checker that is to know the whole catalogue waits until there is one. */
  primeSoon(): void {
    const { config, catalog, checkedApi, checker } = this.#options;
    if (config.check === 'off' || this.#closed || !catalog.settled()) return;
    clearTimeout(this.#primeTimer);
    this.#primeTimer = setTimeout(async () => {
      const tools = catalog.servers().flatMap((server) => server.tools);
      const api = await checkedApi.describe(tools, config.limits.checkMsMax);
      if (!this.#closed) await checker.prime(api);
    }, delayMs);
    this.#primeTimer.unref();
  }

  /** Not before every server has answered or failed: half a catalogue would take types away that the editor shows. */
  generateSoon(): void {
    const { config, catalog, log, generate } = this.#options;
    const file = config.generatedFile;
    if (file === undefined || this.#closed || !catalog.settled()) return;
    clearTimeout(this.#generateTimer);
    this.#generateTimer = setTimeout(() => {
      generate(file).then(
        (outcome) => log.info({ file, outcome }, 'unified_api.ts'),
        (error: unknown) => {
          const hint = error instanceof OrchestratorError ? error.hint : undefined;
          log.warn({ file, problem: messageOf(error), hint }, 'unified_api.ts could not be written');
        },
      );
    }, delayMs);
    this.#generateTimer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#generateTimer);
    clearTimeout(this.#primeTimer);
  }
}
