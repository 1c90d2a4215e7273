/**
 * Every bound of the system: its default, its range, its unit (last in its name) and what it bounds.
 * The configuration schema (`orchestrator.limits.*`), the environment variables
 * (`MCP_ORCHESTRATOR_` + the name in upper snake case) and the table in docs/configuration.md come from here.
 */

interface Limit {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly about: string;
}

const second = 1_000;
const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;

export const limitTable = {
  wallSecondsDefault: {
    default: 300,
    min: 1,
    max: 3_600,
    about: 'wall-clock time of a script that names no `timeout`',
  },
  wallSecondsMax: {
    default: 3_600,
    min: 1,
    max: 86_400,
    about: 'the longest `timeout` a script may ask for',
  },
  cpuMsMax: { default: 30 * second, min: 10, max: 3_600 * second, about: 'processor time of a script' },
  heapMebibytesMax: { default: 128, min: 16, max: 4_096, about: 'heap of a script' },
  residentMebibytesMax: {
    default: 512,
    min: 128,
    max: 16_384,
    about: 'resident memory of a sandbox process; over it, the process is killed',
  },
  callsMax: { default: 10_000, min: 1, max: 10_000_000, about: 'tool calls of a script' },
  callsInFlightMax: {
    default: 256,
    min: 1,
    max: 4_096,
    about: 'tool calls of a script under way at once; further ones wait in the sandbox',
  },
  argumentBytesMax: {
    default: 4 * mebibyte,
    min: kibibyte,
    max: 256 * mebibyte,
    about: 'arguments of one call, as JSON',
  },
  toolResultBytesMax: {
    default: 32 * mebibyte,
    min: kibibyte,
    max: 512 * mebibyte,
    about: 'result of one call, as JSON',
  },
  compileMsMax: {
    default: 5 * second,
    min: 100,
    max: 60 * second,
    about: 'compiling a script',
  },
  checkMsMax: {
    default: 2 * second,
    min: 50,
    max: 60 * second,
    about:
      'type-checking a script, and waiting for its turn; beyond, it runs unchecked and the result says so',
  },
  policyCheckMsMax: {
    default: 20 * second,
    min: 50,
    max: 300 * second,
    about: 'the same for a policy, which is done once for each version of it and of its tools',
  },
  checkMebibytesMax: {
    default: 512,
    min: 64,
    max: 16_384,
    about:
      'resident memory of the type checker; over it, the checker is replaced and the script runs unchecked',
  },
  checkIdleMs: {
    default: 300 * second,
    min: 100,
    max: 86_400_000,
    about: 'how long the type checker is kept without work',
  },
  declareMsMax: {
    default: 5 * second,
    min: 100,
    max: 60 * second,
    about: 'reading what a policy file declares',
  },
  codeBytesMax: { default: 256 * kibibyte, min: kibibyte, max: 16 * mebibyte, about: 'source of a script' },
  inputBytesMax: {
    default: 4 * mebibyte,
    min: kibibyte,
    max: 64 * mebibyte,
    about: 'input of a script, as JSON',
  },
  outputBytesMax: {
    default: 256 * kibibyte,
    min: 0,
    max: 64 * mebibyte,
    about: 'console output kept of a script',
  },
  resultBytesMax: {
    default: 4 * mebibyte,
    min: kibibyte,
    max: 256 * mebibyte,
    about: 'result of a script, as JSON',
  },
  stopMsMax: {
    default: 2 * second,
    min: 10,
    max: 60 * second,
    about:
      'time for what a script registered by `onStop`, after it was cut off: its functions together, and again its lists of calls together',
  },
  stopCpuMsMax: {
    default: second,
    min: 10,
    max: 60 * second,
    about: 'processor time of one function registered by `onStop`',
  },
  stopCallsMax: {
    default: 16,
    min: 0,
    max: 1_000,
    about: 'calls that the functions of `onStop` may make (each), and calls in the lists given to it (all)',
  },
  leftCallMsMax: {
    default: 3 * second,
    min: 1,
    max: 300 * second,
    about:
      'calls under way when a script ends are waited for: at its return as long as one of them ends within this time, at its failure in all',
  },
  timersMax: { default: 1_000, min: 1, max: 100_000, about: 'timers of a script under way at once' },
  runsMax: { default: 16, min: 1, max: 1_024, about: 'scripts running at once' },
  runsQueuedMax: {
    default: 256,
    min: 0,
    max: 100_000,
    about: 'scripts waiting for their turn; a further one is refused at once',
  },
  sandboxRunsMax: {
    default: 200,
    min: 1,
    max: 100_000,
    about: 'scripts that one sandbox process runs before it is replaced',
  },
  sandboxIdleMs: {
    default: 30 * second,
    min: 1_000,
    max: 86_400_000,
    about: 'how long a sandbox process beyond the warm ones is kept without work',
  },
  connectMsMax: {
    default: 30 * second,
    min: 100,
    max: 600 * second,
    about: 'connecting to one server, its first answer included',
  },
  connectionsAtOnceMax: {
    default: 4,
    min: 1,
    max: 256,
    about: 'servers being connected to at the same time',
  },
  callMsDefault: {
    default: 60 * second,
    min: 100,
    max: 86_400_000,
    about:
      "one tool call without progress; each progress notification starts it anew (a server's `timeout` overrides it)",
  },
  callMsMax: {
    default: 600 * second,
    min: 100,
    max: 86_400_000,
    about: 'one tool call in all, progress or not',
  },
  callsPerServerMax: {
    default: 8,
    min: 1,
    max: 1_024,
    about: 'calls under way at once to one server (its `concurrency` overrides it)',
  },
  callsQueuedMax: {
    default: 10_000,
    min: 0,
    max: 1_000_000,
    about: 'calls waiting for their turn at one server; a further one is refused at once',
  },
  breakerFailures: {
    default: 5,
    min: 0,
    max: 1_000,
    about:
      'calls of one server failing one after the other (unreachable, lost, timed out) before it is left alone for a while; `0` never leaves it alone',
  },
  breakerRestMs: {
    default: 10 * second,
    min: 50,
    max: 3_600 * second,
    about: 'how long a server is left alone then, before one call is let through to try it',
  },
  serverIdleMs: {
    default: 0,
    min: 0,
    max: 86_400_000,
    about:
      'without a request for so long, a server is stopped, or its connection ended, until the next one (its `idle_timeout` overrides it); `0` never',
  },
  scopedConnectionsMax: {
    default: 64,
    min: 1,
    max: 10_000,
    about:
      'connections of single runs and principals (`scope` of a server) at once; those of principals give way while they are not used',
  },
  scopedIdleMs: {
    default: 300 * second,
    min: 50,
    max: 86_400_000,
    about:
      'how long such a connection of a principal is kept without a request (`idle_timeout` overrides it)',
  },
  healthCheckMs: {
    default: 0,
    min: 0,
    max: 86_400_000,
    about:
      'how often a server without requests is asked whether it is still there (its `health_check` overrides it); `0` never',
  },
  healthMsMax: {
    default: 5 * second,
    min: 50,
    max: 600 * second,
    about: 'the answer to that question; beyond, it is connected to anew',
  },
  reconnectMsMax: {
    default: 30 * second,
    min: 100,
    max: 600 * second,
    about: 'the longest pause between two attempts to reach a server that failed',
  },
  messageBytesMax: {
    default: 64 * mebibyte,
    min: mebibyte,
    max: 1_024 * mebibyte,
    about: 'one message from a server',
  },
  stderrLinesMax: {
    default: 20,
    min: 0,
    max: 1_000,
    about: "last lines of a server's stderr kept for its error message",
  },
  closeMsMax: {
    default: 2 * second,
    min: 50,
    max: 60 * second,
    about: "each step of ending a server's process group: end of stdin, then SIGTERM, then SIGKILL",
  },
  toolPagesMax: { default: 100, min: 1, max: 10_000, about: 'pages of `tools/list` read from one server' },
  toolsPerServerMax: { default: 5_000, min: 1, max: 100_000, about: 'tools taken from one server' },
  toolBytesMax: {
    default: 256 * kibibyte,
    min: kibibyte,
    max: 16 * mebibyte,
    about: 'one tool definition, as JSON; a larger one is set aside',
  },
  learnedResultBytesMax: {
    default: 256 * kibibyte,
    min: 0,
    max: 4 * mebibyte,
    about: 'result of a call, as JSON, from which the type of a tool without an output schema is learned',
  },
  recordBytesMax: {
    default: 8 * mebibyte,
    min: 64 * kibibyte,
    max: 512 * mebibyte,
    about: 'arguments and values kept in the record of one run; values of reads take half of it at most',
  },
  recordValueBytesMax: {
    default: 256 * kibibyte,
    min: kibibyte,
    max: 64 * mebibyte,
    about: 'the largest value of one call that is kept in the record of its run',
  },
  recordsMax: { default: 200, min: 0, max: 100_000, about: 'runs of which a record is kept' },
  recordsMebibytesMax: {
    default: 64,
    min: 1,
    max: 65_536,
    about: 'all records of runs together; the oldest go first',
  },
  recordHoursMax: {
    default: 168,
    min: 1,
    max: 87_600,
    about: 'how long the record of a run is kept, in hours',
  },
  toolCacheMsMax: {
    default: 7 * 86_400 * second,
    min: second,
    max: 365 * 86_400 * second,
    about:
      'how long the definitions of tools that were kept by the cache or the storage are used before the server has been asked',
  },
  retriesMax: {
    default: 2,
    min: 0,
    max: 10,
    about:
      'how often a call is sent again by itself, after growing pauses, where its connection was lost and that does no harm',
  },
  retryAfterMsMax: {
    default: 10 * second,
    min: 0,
    max: 600 * second,
    about: 'how long a server may have a refused call wait until it is sent again (`Retry-After`)',
  },
  storageMsMax: {
    default: 2 * second,
    min: 50,
    max: 60 * second,
    about: 'one operation of the storage in Redis; beyond, all is kept in memory until it answers again',
  },
  storageMirrorBytesMax: {
    default: 32 * mebibyte,
    min: 0,
    max: 1_024 * mebibyte,
    about: 'what is held in memory of the last values of the storage, to stand in while it is away',
  },
  runWaitSecondsMax: {
    default: 50,
    min: 0,
    max: 3_600,
    about: 'how long `get_run` waits for the end of a run, whatever `wait_seconds` says',
  },
  taskAfterMs: {
    default: 10 * second,
    min: 0,
    max: 3_600 * second,
    about:
      'a call that takes longer becomes a task for a client of 2026-07-28 that knows the tasks extension',
  },
  taskMsMax: {
    default: 3_600 * second,
    min: second,
    max: 86_400_000,
    about: 'how long a task can be asked for, from its beginning on; one that still works is kept',
  },
  tasksMax: {
    default: 200,
    min: 0,
    max: 100_000,
    about: 'tasks that are kept at once; beyond it calls are answered when they end. 0: no tasks',
  },
  listWaitMs: {
    default: 5 * second,
    min: 0,
    max: 600 * second,
    about:
      'how long `list_available_tools`, and the lists of the direct mode, wait for servers that have never answered',
  },
  listPageMax: {
    default: 1_000,
    min: 1,
    max: 100_000,
    about: 'entries of one page of a list in the direct mode',
  },
  toolNameCharactersMax: {
    default: 64,
    min: 24,
    max: 128,
    about: 'a name of a tool or prompt in the direct mode; a longer one is cut and ends in a hash',
  },
  askMsMax: {
    default: 600 * second,
    min: second,
    max: 86_400_000,
    about: 'how long a question of a server to a user or a model stays open; call timeouts rest meanwhile',
  },
  askRoundsMax: {
    default: 10,
    min: 1,
    max: 1_000,
    about: 'how often a server may ask back within one call before it answers (protocol revision 2026-07-28)',
  },
  httpBodyBytesMax: {
    default: 16 * mebibyte,
    min: kibibyte,
    max: 256 * mebibyte,
    about: 'body of one HTTP request',
  },
  httpRequestsPerMinuteMax: {
    default: 0,
    min: 0,
    max: 10_000_000,
    about: 'HTTP requests of one principal in a minute, on average; `0` counts none',
  },
  httpSessionsMax: {
    default: 1_000,
    min: 1,
    max: 100_000,
    about: 'sessions over HTTP at once; for a further one, the longest idle ends',
  },
  httpSessionIdleMs: {
    default: 3_600 * second,
    min: second,
    max: 86_400_000,
    about: 'how long a session over HTTP is kept without a request',
  },
  httpDrainMsMax: {
    default: 30 * second,
    min: 0,
    max: 3_600 * second,
    about: 'how long requests under way may go on when `serve` is told to end',
  },
  authRequestMsMax: {
    default: 20 * second,
    min: 100,
    max: 600 * second,
    about: 'one answer of an authorization server',
  },
  tokenCommandMsMax: {
    default: 30 * second,
    min: 100,
    max: 600 * second,
    about: 'how long the `command` of a bearer token may take to print it',
  },
  loginMsMax: {
    default: 300 * second,
    min: second,
    max: 3_600 * second,
    about: 'how long `auth login` waits for the browser to come back',
  },
  keyStoreMsMax: {
    default: 20 * second,
    min: 100,
    max: 50 * second,
    about:
      "how long the system's key store may take, and whoever unlocks it; beyond, it counts as one that does not answer",
  },
  searchQueryCharactersMax: {
    default: 2_000,
    min: 16,
    max: 100_000,
    about: 'query of a search for tools',
  },
  searchPatternCharactersMax: {
    default: 256,
    min: 16,
    max: 10_000,
    about: 'regular expression of a search for tools',
  },
  searchPatternMsMax: {
    default: second,
    min: 10,
    max: 60 * second,
    about: 'matching a regular expression against all tools',
  },
  embeddingMsMax: {
    default: 5 * second,
    min: 10,
    max: 600 * second,
    about:
      'one answer of the embedding endpoint, and how long a search waits for embeddings; beyond, it ranks by words alone',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitTable;

/** The numbers in force, each within the range of `limitTable`. */
export type Limits = { [name in LimitName]: number };

/** All defaults, for callers without a configuration. */
export function defaultLimits(): Limits {
  return Object.fromEntries(
    Object.entries(limitTable).map(([name, limit]) => [name, limit.default]),
  ) as Limits;
}

/** `wallSecondsDefault` -> `MCP_ORCHESTRATOR_WALL_SECONDS_DEFAULT`. */
export function limitVariable(name: string): string {
  return `MCP_ORCHESTRATOR_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
