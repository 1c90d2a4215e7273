/**
 * Policies that say when they run: `serve` runs them then. Each run leaves a record like any other. Of several processes
 * that serve the same folder, one runs it, as far as they share a cache folder; one that is still running is not run again.
 */
import { createHash } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Cron } from 'croner';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { makeFolder } from '../whole-file.ts';
import type { Policies } from './policies.ts';
import type { Policy } from './policy.ts';

export interface SchedulesOptions {
  readonly policies: Policies;
  readonly log: Log;
  /** Where claims are kept; without one, every process runs every policy. */
  readonly cacheDirectory: string | undefined;
}

interface Planned {
  readonly version: string;
  readonly cron: Cron;
}

/** How often the folders are looked at for schedules that came, changed or went. */
const lookMs = 30_000;
const claimsKeptMax = 200;

export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #planned = new Map<string, Planned>();
  readonly #ender = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** The names of those that are planned, with the time of their next run. */
  get planned(): ReadonlyMap<string, Date | null> {
    return new Map([...this.#planned].map(([name, { cron }]) => [name, cron.nextRun()]));
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), lookMs).unref();
    void this.look();
  }

  /** Plans what is in the folders now. Never rejects. */
  async look(): Promise<void> {
    const { policies, log } = this.#options;
    const all = await policies.list().catch((error) => {
      log.warn({ problem: messageOf(error) }, 'schedules could not be read');
      return undefined;
    });
    if (!all || this.#ender.signal.aborted) return;
    const wanted = all.filter(
      (policy): policy is Policy => 'declaration' in policy && policy.declaration.schedule !== undefined,
    );
    for (const [name, { version, cron }] of this.#planned) {
      if (wanted.some((policy) => policy.name === name && policy.hash === version)) continue;
      cron.stop();
      this.#planned.delete(name);
    }
    for (const policy of wanted) if (!this.#planned.has(policy.name)) this.#plan(policy);
  }

  /** Ends what runs by a schedule. */
  close(): void {
    clearInterval(this.#timer);
    this.#ender.abort();
    for (const { cron } of this.#planned.values()) cron.stop();
    this.#planned.clear();
  }

  #plan({ name, hash, declaration: { schedule } }: Policy): void {
    if (!schedule) return;
    const { cron: pattern, timezone, input } = schedule;
    try {
      const cron = new Cron(
        pattern,
        { name: `${name}-${hash}`, protect: true, unref: true, ...(timezone !== undefined && { timezone }) },
        (self: Cron) => this.#run(name, input, self.currentRun() ?? new Date()),
      );
      this.#planned.set(name, { version: hash, cron });
      this.#options.log.info({ policy: name, schedule: pattern, next: cron.nextRun() }, 'policy planned');
    } catch (error) {
      this.#options.log.warn(
        { policy: name, schedule: pattern, problem: messageOf(error) },
        'the schedule of a policy cannot be followed',
      );
    }
  }

  async #run(name: string, input: unknown, at: Date): Promise<void> {
    const { policies, log } = this.#options;
    try {
      if (!(await this.#claims(name, at))) return;
      const { run_id, status, error, stats } = await policies.run(name, input, {
        signal: this.#ender.signal,
      });
      const told = { policy: name, run: run_id, status, ms: stats.wall_ms, error: error?.message };
      if (status === 'success') log.info(told, 'policy run by its schedule');
      else log.error(told, 'a policy that was run by its schedule failed');
    } catch (error) {
      log.error({ policy: name, problem: messageOf(error) }, 'a policy could not be run by its schedule');
    }
  }

  /** True for one of all processes: the file is made by nobody else. */
  async #claims(name: string, at: Date): Promise<boolean> {
    const { cacheDirectory, policies, log } = this.#options;
    if (cacheDirectory === undefined) return true;
    const folder = path.join(cacheDirectory, 'schedules');
    const place = createHash('sha256')
      .update(`${policies.folders.join('\n')}\n${name}`)
      .digest('hex')
      .slice(0, 12);
    const second = Math.round(at.getTime() / 1_000);
    try {
      await makeFolder(folder);
      await writeFile(path.join(folder, `${second}-${place}`), String(process.pid), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      log.warn({ policy: name, problem: messageOf(error) }, 'a scheduled run could not be claimed');
      return true;
    }
    await this.#removeOldClaims(folder).catch(() => {});
    return true;
  }

  async #removeOldClaims(folder: string): Promise<void> {
    const claims = (await readdir(folder)).sort();
    for (const claim of claims.slice(0, -claimsKeptMax)) await rm(path.join(folder, claim), { force: true });
  }
}
