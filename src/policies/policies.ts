/** The saved policies: read from their folders whenever they are asked for, checked, and run. */
import { basename } from 'node:path';
import { argumentsHint } from '../catalog/arguments-hint.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import type { LiftableLiteral } from '../checking/liftable-literals.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { RunRequest } from '../execution/run-request.ts';
import type { RunResult } from '../execution/run-result.ts';
import type { RunStore } from '../execution/run-store.ts';
import type { Runner } from '../execution/runner.ts';
import type { SandboxPool } from '../execution/sandbox-pool.ts';
import type { TypeGate } from '../execution/type-gate.ts';
import { argumentsProblem } from '../execution/validate-arguments.ts';
import type { Limits } from '../limits.ts';
import { type Declaration, readDeclaration } from './declaration.ts';
import type { Policy, PolicyStatus, UnusablePolicy } from './policy.ts';
import { checkPolicy, describeProblem, type PolicyCheck } from './policy-check.ts';
import { listPolicyFiles, type PolicyFile, readPolicy, readPolicyFile } from './policy-files.ts';
import type { Recording } from './recording.ts';
import { replay } from './replay.ts';

export interface PoliciesOptions {
  /** Absolute; the first one counts before the others. */
  readonly folders: readonly string[];
  readonly catalog: Catalog;
  readonly runner: Pick<Runner, 'run'>;
  readonly runs: Pick<RunStore, 'get'>;
  readonly sandboxes: Pick<SandboxPool, 'run'>;
  readonly limits: Limits;
  /** For making policies of runs. */
  readonly types: Pick<TypeGate, 'literals'>;
}

/** How a policy is run. */
export type PolicyRunOptions = Pick<
  RunRequest,
  'caller' | 'signal' | 'timeout' | 'onCall' | 'onOutput' | 'resumeFrom' | 'freshReads'
>;

const declarationsKeptMax = 500;

export class Policies {
  readonly #options: PoliciesOptions;
  /** By version: the same text declares the same. */
  readonly #declarations = new Map<string, Promise<Declaration>>();
  /** By version, as long as the catalogue stays as it is. */
  readonly #checks = new Map<string, PolicyCheck>();
  #checkedAgainst: readonly CatalogServer[] | undefined;

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  get folders(): readonly string[] {
    return this.#options.folders;
  }

  /** The same text as long as every file is the same. @throws OrchestratorError policy_invalid */
  async versions(): Promise<string> {
    const { folders, limits } = this.#options;
    const files = [...(await listPolicyFiles(folders))];
    const versions = files.map(async ([name, file]) => {
      const hash = await readPolicyFile(name, file, limits).then(
        (read) => read.hash,
        (error) => messageOf(error),
      );
      return [file, hash];
    });
    return JSON.stringify(await Promise.all(versions));
  }

  /** All of them, by name. */
  async list(): Promise<(Policy | UnusablePolicy)[]> {
    const files = await listPolicyFiles(this.#options.folders);
    return Promise.all(
      [...files].map(async ([name, file]) => {
        try {
          return await this.#declared(await readPolicyFile(name, file, this.#options.limits));
        } catch (error) {
          return { name, file, problem: messageOf(error) };
        }
      }),
    );
  }

  /** @throws OrchestratorError `policy_unknown`, `policy_invalid` */
  async get(name: string): Promise<Policy> {
    const { folders, limits } = this.#options;
    return this.#declared(await readPolicy(folders, name, limits));
  }

  /** Of every policy, or of one. @throws OrchestratorError policy_unknown */
  async status(name?: string, signal?: AbortSignal): Promise<PolicyStatus[]> {
    const { folders, limits } = this.#options;
    const files = await listPolicyFiles(folders);
    const wanted = name === undefined ? [...files] : [[name, (await readPolicy(folders, name, limits)).file]];
    const found: PolicyStatus[] = [];
    for (const [one = '', file = ''] of wanted) found.push(await this.#statusOf(one, file, signal));
    return found;
  }

  /** As one line each, as far as it was checked against the tools as they are now; costs nothing. */
  knownProblems({ name, file, hash }: Policy): string[] {
    const isCurrent = this.#checkedAgainst === this.#options.catalog.servers();
    const check = isCurrent ? this.#checks.get(`${name} ${hash}`) : undefined;
    return (check?.problems ?? []).map((problem) => describeProblem(basename(file), problem));
  }

  /**
   * A policy that is not in a folder, as it would be there.
   *
   * @throws OrchestratorError policy_invalid
   */
  async examine(file: PolicyFile, signal?: AbortSignal): Promise<{ policy: Policy; check: PolicyCheck }> {
    const policy = await this.#declared(file);
    return { policy, check: await this.#check(policy, signal) };
  }

  /**
   * Checks the input and the policy, then runs it. Once it runs, whatever happens is a result. A run that is gone on from
   * gives the input where there is none.
   *
   * @throws OrchestratorError `policy_unknown`, `policy_invalid`, `policy_broken`, `arguments_invalid`: nothing has run
   */
  async run(name: string, input: unknown, options: PolicyRunOptions = {}): Promise<RunResult> {
    const policy = await this.get(name);
    const { source, declaration } = policy;
    const given = input ?? (await this.#resumedInput(options)) ?? {};
    assertInput(policy, given);
    await this.assertFits(policy, options.signal);
    const { wallSecondsMax, callsMax } = declaration.limits ?? {};
    return this.#options.runner.run({
      ...options,
      code: source,
      input: given,
      timeout: this.#seconds(options.timeout, wallSecondsMax),
      policy: { policy: name, tools: declaration.tools, callsMax },
      check: 'off',
    });
  }

  /**
   * Plays a policy against a recording, without any server.
   *
   * @returns the first difference; undefined where there is none
   */
  replay(
    policy: Pick<Policy, 'source' | 'declaration'>,
    recording: Recording,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const { sandboxes, limits } = this.#options;
    return replay(policy, recording, { sandboxes, limits, signal });
  }

  /** What a script has written into it, by offsets in its text. @throws Error where it cannot be read */
  literals(script: string): Promise<LiftableLiteral[]> {
    return this.#options.types.literals(script);
  }

  /** @throws OrchestratorError policy_broken, with every problem and its line */
  async assertFits(policy: Policy, signal?: AbortSignal): Promise<void> {
    const { name, file } = policy;
    const { problems } = await this.#check(policy, signal);
    if (problems.length === 0) return;
    const rows = problems.map((problem) => `\n  ${describeProblem(file, problem)}`);
    throw new OrchestratorError(
      'policy_broken',
      `The policy "${name}" does not fit the tools as they are, and was not run:${rows.join('')}`,
      { hint: 'Mend the file, or the server that it needs.', retrySafe: 'yes' },
    );
  }

  async #resumedInput({ resumeFrom, caller }: PolicyRunOptions): Promise<unknown> {
    if (resumeFrom === undefined) return undefined;
    return (await this.#options.runs.get(resumeFrom, { principal: caller?.principal }))?.input;
  }

  #seconds(asked: number | undefined, declared: number | undefined): number | undefined {
    if (declared === undefined) return asked;
    const { wallSecondsMax } = this.#options.limits;
    return Math.min(asked ?? declared, declared, wallSecondsMax);
  }

  async #statusOf(name: string, file: string, signal: AbortSignal | undefined): Promise<PolicyStatus> {
    try {
      const policy = await this.#declared(await readPolicyFile(name, file, this.#options.limits));
      const { problems, warnings, calls } = await this.#check(policy, signal);
      const status = problems.length > 0 ? 'broken' : 'ok';
      return { name, file, version: policy.hash, status, problems, warnings, calls };
    } catch (error) {
      const problem = {
        message: messageOf(error),
        ...(error instanceof OrchestratorError && { hint: error.hint }),
      };
      return { name, file, status: 'invalid', problems: [problem], warnings: [], calls: [] };
    }
  }

  async #check(policy: Policy, signal: AbortSignal | undefined): Promise<PolicyCheck> {
    const { catalog, runner } = this.#options;
    const key = `${policy.name} ${policy.hash}`;
    const known = this.#checks.get(key);
    if (known && this.#checkedAgainst === catalog.servers()) return known;
    const check = await checkPolicy(policy, policy.declaration, { catalog, runner, signal });
    // The check itself may have made servers answer.
    const servers = catalog.servers();
    if (this.#checkedAgainst !== servers) this.#checks.clear();
    this.#checkedAgainst = servers;
    if (check.isComplete && !signal?.aborted) this.#checks.set(key, check);
    return check;
  }

  async #declared(file: PolicyFile): Promise<Policy> {
    let declaration = this.#declarations.get(file.hash);
    if (!declaration) {
      if (this.#declarations.size >= declarationsKeptMax) this.#declarations.clear();
      declaration = readDeclaration(file, this.#options);
      this.#declarations.set(file.hash, declaration);
      // Why it failed may pass (a full queue), and names the file.
      declaration.catch(() => this.#declarations.delete(file.hash));
    }
    return { ...file, declaration: await declaration };
  }
}

/** By the JSON Schema; what that cannot say, the schema itself checks in the sandbox, before the function. */
function assertInput({ name, declaration }: Policy, input: unknown): void {
  const definition = { name, inputSchema: declaration.input };
  const problem = argumentsProblem(definition, input);
  if (!problem) return;
  throw new OrchestratorError(
    'arguments_invalid',
    `The policy "${name}": ${problem.replace(/^args/, 'input')}.`,
    { hint: argumentsHint(definition), retrySafe: 'yes' },
  );
}
