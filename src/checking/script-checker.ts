/**
 * Checks scripts one after another in TypeScript's API server. The server is started at need or ahead of it, kept warm,
 * ended when it has been idle, and killed when a script takes too long or too much memory: the next one finds a new
 * server. A check that cannot be done says why; it never rejects.
 */
import { messageOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { ApiDescription } from './api-description.ts';
import { explain, type Finding } from './findings.ts';
import { type FloatingCall, floatingCalls } from './floating-calls.ts';
import { type LiftableLiteral, liftableLiterals } from './liftable-literals.ts';
import { callableTools, type ReachableTools } from './reachable-tools.ts';
import { type CheckedScript, TypeProject } from './type-project.ts';

export interface CheckRequest {
  /** Sources to try in turn: a later one only where the one before is malformed. At least one. */
  readonly sources: readonly string[];
  readonly api: ApiDescription;
  /** Also list the tools that the script can call. */
  readonly listTools?: boolean | undefined;
  /** The limit for its turn to come, and again for its answer; `checkMsMax` where absent. */
  readonly limit?: TimeLimit | undefined;
}

export interface CheckReport {
  /** Which of the sources was checked. */
  readonly source: number;
  /** The first of them, in the order of the text; empty where the script is well typed. */
  readonly findings: readonly Finding[];
  /** How many there are in all. */
  readonly total: number;
  readonly tools?: ReachableTools | undefined;
  /** Started and not awaited; not looked for where there are findings. */
  readonly floating?: readonly FloatingCall[] | undefined;
}

export type TimeLimit = 'checkMsMax' | 'policyCheckMsMax';

/** Why a script was not checked: reads behind "The script was not type-checked:". */
export interface Unchecked {
  readonly unchecked: string;
}

export interface ScriptCheckerOptions {
  readonly limits: Pick<Limits, TimeLimit | 'checkMebibytesMax' | 'checkIdleMs'>;
  readonly log: Log;
}

const memoryLookMs = 25;
const returnOutsideCode = 1108;
/** A script that makes the checker bind what nearly every script uses. */
const firstScript =
  '(async () => { const all = await Promise.all([1].map(async (x) => x)); console.warn(new Map([["a", all]])); })();';

const noApi: ApiDescription = {
  declarations: 'export {};\n',
  globals: 'export {};\n',
  interfaces: new Map(),
  servers: [],
  callOf: () => '',
};

export class ScriptChecker {
  readonly #limits: ScriptCheckerOptions['limits'];
  readonly #log: Log;
  #project: TypeProject | undefined;
  /** Settles when the last of the checks asked for has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  /** The last one that was checked against. */
  #api: ApiDescription | undefined;
  /** True where a script, and not the server, is to blame for its end. */
  #wasGivenUp = false;
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor({ limits, log }: ScriptCheckerOptions) {
    this.#limits = limits;
    this.#log = log;
  }

  /** True while the process exists. */
  get running(): boolean {
    return this.#project?.server.ended === false;
  }

  /**
   * Waits at most `checkMsMax` for its turn, and as long again for its answer. What is left unanswered is given up, with
   * the reason.
   */
  check(request: CheckRequest): Promise<CheckReport | Unchecked> {
    this.#api = request.api;
    return this.#inTurn((project) => checkWith(project, request), request.limit);
  }

  /**
   * What a script has written into it.
   *
   * @param sources as for a check, with the number of blocks around the author's statements in each
   */
  literals(
    sources: readonly { text: string; depth: number }[],
    api: ApiDescription,
  ): Promise<{ source: number; literals: LiftableLiteral[] } | Unchecked> {
    this.#api = api;
    return this.#inTurn(async (project) => {
      for (const [source, { text, depth }] of sources.entries()) {
        if (!makesSense(await project.check(text, api))) continue;
        return { source, literals: await liftableLiterals(project, api, depth) };
      }
      return { source: 0, literals: [] };
    }, 'policyCheckMsMax');
  }

  /** Starts the server for a check that is about to come, and has it read its library. Never rejects. */
  async begin(): Promise<void> {
    if (this.running || this.#waiting > 0 || this.#closed) return;
    await this.#inTurn(async (project) => void (await project.check(firstScript, noApi)));
  }

  /** Has a warm server that knows the API, for the next script. Never rejects. */
  async prime(api: ApiDescription): Promise<void> {
    // A script primes as well.
    if (this.#waiting > 0 || this.#closed) return;
    this.#api = api;
    await this.#inTurn(async (project) => void (await project.check(firstScript, api)));
  }

  /** Ends the server; afterwards no process is left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#end('the orchestrator is ending');
    await Promise.all(this.#ending);
  }

  async #inTurn<Answer>(
    work: (project: TypeProject) => Promise<Answer>,
    limit: TimeLimit = 'checkMsMax',
  ): Promise<Answer | Unchecked> {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#waiting += 1;
    try {
      const msMax = this.#limits[limit];
      if (this.#waiting > 1 && !(await settledWithin(before, msMax)))
        return { unchecked: `the type checker was busy for ${msMax} ms (${limit})` };
      return await this.#bounded(work, limit);
    } catch (error) {
      return { unchecked: messageOf(error) };
    } finally {
      this.#waiting -= 1;
      // Whoever gave up waiting must not let the next one past those before.
      void before.then(done);
      if (this.#waiting === 0) this.#rest();
    }
  }

  async #bounded<Answer>(work: (project: TypeProject) => Promise<Answer>, limit: TimeLimit): Promise<Answer> {
    if (this.#closed) throw new Error('the orchestrator is ending');
    clearTimeout(this.#idleTimer);
    const { checkMebibytesMax, [limit]: msMax } = this.#limits;
    const project = this.#ready();
    const { server } = project;
    const deadline = setTimeout(() => {
      this.#log.warn({ msMax }, 'a script took too long to be type-checked');
      this.#giveUp(`the check took more than ${msMax} ms (${limit})`);
    }, msMax);
    const watch = setInterval(() => {
      if ((server.residentMebibytes() ?? 0) <= checkMebibytesMax) return;
      this.#log.warn({ mebibytesMax: checkMebibytesMax }, 'a script took too much memory to be type-checked');
      this.#giveUp(`the check took more than ${checkMebibytesMax} MiB (checkMebibytesMax)`);
    }, memoryLookMs);
    server.hold(true);
    try {
      const answer = await work(project);
      project.settle();
      return answer;
    } catch (error) {
      // Whatever it was, the next script gets a server in a known state.
      this.#end(messageOf(error));
      throw error;
    } finally {
      clearTimeout(deadline);
      clearInterval(watch);
      server.hold(false);
    }
  }

  #ready(): TypeProject {
    if (!this.#project || this.#project.server.ended)
      this.#project = new TypeProject(this.#limits.checkMebibytesMax);
    return this.#project;
  }

  #rest(): void {
    if (this.#wasGivenUp && this.#api) {
      // The next script is to find a server as warm as this one found.
      this.#wasGivenUp = false;
      void this.prime(this.#api);
      return;
    }
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#end('it was idle'), this.#limits.checkIdleMs).unref();
  }

  #giveUp(reason: string): void {
    this.#wasGivenUp = true;
    this.#end(reason);
  }

  #end(reason: string): void {
    clearTimeout(this.#idleTimer);
    const project = this.#project;
    this.#project = undefined;
    if (!project) return;
    project.server.end(reason);
    const gone = project.server.exited().finally(() => this.#ending.delete(gone));
    this.#ending.add(gone);
  }
}

async function checkWith(project: TypeProject, request: CheckRequest): Promise<CheckReport> {
  const { sources, api } = request;
  let source = 0;
  let seen = await lookAt(project, sources[0] ?? '', request);
  if (!makesSense(seen.checked) && sources.length > 1) {
    const other = await lookAt(project, sources[1] ?? '', request);
    if (makesSense(other.checked)) {
      source = 1;
      seen = other;
    } else seen = await lookAt(project, sources[0] ?? '', request);
  }
  const { findings, total } = await explain(project, seen.checked.diagnostics, api);
  const { tools, floating } = seen;
  // Of a script that is refused, first things first.
  return { source, findings, total, floating: total === 0 ? floating : [], ...(tools && { tools }) };
}

interface Seen {
  readonly checked: CheckedScript;
  readonly tools: ReachableTools | undefined;
  readonly floating: readonly FloatingCall[];
}

/** All at once: while the server looks at the types, the tree is read, and what names stand for is asked of another of its checkers. */
async function lookAt(project: TypeProject, script: string, { api, listTools }: CheckRequest): Promise<Seen> {
  await project.load(script, api);
  const [checked, tools, floating] = await Promise.all([
    project.diagnose(),
    listTools ? callableTools(project, api) : undefined,
    floatingCalls(project, api),
  ]);
  return { checked, tools, floating };
}

/** A module with a `return` of its own is a list of statements. */
function makesSense({ isMalformed, diagnostics }: CheckedScript): boolean {
  return !isMalformed && diagnostics.every(({ code }) => code !== returnOutsideCode);
}

async function settledWithin(work: Promise<unknown>, msMax: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), msMax);
  });
  const inTime = await Promise.race([work.then(() => true), tooLate]);
  clearTimeout(timer);
  return inTime;
}
