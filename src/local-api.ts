/**
 * The bridge for scripts that run by plain `node`: `generated/unified_api.ts` finds no sandbox there and calls the
 * tools through an orchestrator in the same process, so that a policy can be stepped through in a debugger.
 */
import { processEnvironment, serverEnvironment } from './config/environment.ts';
import { loadConfig } from './config/load.ts';
import { localCaller } from './downstream/caller.ts';
import { killAllGroups, unrefAllGroups } from './downstream/process-group.ts';
import { messageOf, OrchestratorError } from './errors.ts';
import { Journal } from './execution/journal.ts';
import { ToolFailedError } from './execution/tool-failure.ts';
import { createLog } from './log.ts';
import { Orchestrator } from './orchestrator.ts';

export interface ApiBridge {
  /**
   * @param server, tool names as scripts use them, or the servers' own
   * @param raw the MCP result as it is
   * @throws an Error with the fields of `ToolError`
   */
  call(server: string, tool: string, args: unknown, raw: boolean): Promise<unknown>;
}

/** Opens the nearest configuration, from the working directory upwards. Connections follow at the first call. */
export async function openLocalApi(): Promise<ApiBridge> {
  const config = await loadConfig({ environment: processEnvironment(), directory: process.cwd() });
  const log = createLog(config.logLevel);
  for (const warning of config.warnings) log.warn({}, warning);
  const orchestrator = await Orchestrator.open({ config, log, serverEnvironment: serverEnvironment() });
  const never = new AbortController().signal;
  const calls = new CallCounter(() => orchestrator.close());
  return {
    async call(server, tool, args, raw) {
      calls.started();
      try {
        const request = { server, tool, args: JSON.stringify(args ?? {}), raw };
        return JSON.parse(
          await orchestrator.router.call(request, {
            journal: new Journal(),
            signal: never,
            caller: localCaller,
          }),
        );
      } catch (error) {
        throw Object.assign(new Error(messageOf(error)), toolErrorFields(error, { server, tool, args }));
      } finally {
        calls.ended();
      }
    },
  };
}

function toolErrorFields(error: unknown, call: { server: string; tool: string; args: unknown }): object {
  if (!(error instanceof OrchestratorError)) return { ...call, kind: 'sandbox_failed', retrySafe: 'unknown' };
  return {
    ...call,
    kind: error.code,
    retrySafe: error.retrySafe ?? 'unknown',
    hint: error.hint,
    ...(error instanceof ToolFailedError && { content: error.content }),
  };
}

/** Keeps the process alive while calls are under way, and only then; when the program has ended, closes everything. */
class CallCounter {
  #underWay = 0;
  #alive: NodeJS.Timeout | undefined;

  constructor(close: () => Promise<void>) {
    process.once('beforeExit', () => void close());
    process.once('exit', killAllGroups);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => endBySignal(signal));
  }

  started(): void {
    this.#underWay += 1;
    this.#alive ??= setInterval(() => {}, 2 ** 30);
  }

  ended(): void {
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    clearInterval(this.#alive);
    this.#alive = undefined;
    unrefAllGroups();
  }
}

/** As it would have ended without us, but for the servers, which lead process groups of their own. */
function endBySignal(signal: NodeJS.Signals): void {
  killAllGroups();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
