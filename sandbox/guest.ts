/**
 * Runs inside the isolate, before the script: hardens the global, gives the script its console, timers, web APIs
 * and tools, and answers the host. Whatever leaves goes through `post`, as numbers and strings, within limits.
 */
import { toGuest, toHost } from './bridge.ts';
import { installAbort } from './guest-abort.ts';
import { Api } from './guest-api.ts';
import { Calls } from './guest-calls.ts';
import { structuredClone } from './guest-clone.ts';
import { createConsole } from './guest-console.ts';
import { installEncoding } from './guest-encoding.ts';
import { describeThrown, failure } from './guest-failure.ts';
import { harden } from './guest-harden.ts';
import { toJson, Unconvertible } from './guest-json.ts';
import { Output } from './guest-output.ts';
import {
  apply,
  defineGlobal,
  jsonParse,
  jsonStringify,
  NativePromise,
  promiseThen,
} from './guest-primordials.ts';
import { Timers } from './guest-timers.ts';
import { ToolError } from './guest-tool-error.ts';
import { URL, URLSearchParams } from './guest-url.ts';
import type { ApiTable, SandboxLimits, ScriptFailure } from './protocol.ts';

type Post = (...message: (number | string)[]) => void;
type Receive = (kind: number, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;

/**
 * @param post the host's callback; it must never come into the reach of a script
 * @param postNow the same, but it returns only when the host has dealt with the message
 * @param randomText n random bytes as characters
 * @param limitsText SandboxLimits as JSON
 * @returns the only way in: the host calls it with a kind of `toGuest` and its values
 */
export function boot(
  post: Post,
  postNow: Post,
  randomText: (bytes: number) => string,
  limitsText: string,
): Receive {
  const guest = new Guest(post, postNow, jsonParse(limitsText) as SandboxLimits);
  harden();
  guest.installGlobals(randomText);
  return (kind, a, b, c, d) => guest.receive(kind, a, b, c, d);
}

class Guest {
  readonly #post: Post;
  readonly #postNow: Post;
  /** True while the host waits for us: then there is no queue to stand in, nor anybody to take from it. */
  #isDirect = false;
  readonly #limits: SandboxLimits;
  readonly #output: Output;
  readonly #timers: Timers;
  readonly #calls: Calls;
  readonly #api: Api;
  #input: unknown;
  #started = false;
  #ended = false;

  constructor(post: Post, postNow: Post, limits: SandboxLimits) {
    this.#post = post;
    this.#postNow = postNow;
    this.#limits = limits;
    const uncaught = (error: unknown) => this.#fail(describeThrown(error));
    this.#output = new Output(limits.outputBytesMax, (text) => this.#send(toHost.output, text));
    this.#timers = new Timers({
      timersMax: limits.timersMax,
      wake: (delayMs) => this.#send(toHost.wake, delayMs),
      uncaught,
    });
    this.#calls = new Calls(limits, {
      send: (id, call) => {
        this.#output.flush();
        this.#send(toHost.call, id, call.raw ? 1 : 0, call.server, call.tool, call.place, call.args);
      },
      exceeded: () =>
        this.#fail(
          failure(
            'calls',
            'RangeError',
            `The script made more than ${limits.callsMax} tool calls, the most allowed (callsMax).`,
          ),
        ),
    });
    this.#api = new Api((server, tool, raw, args, below) => this.#calls.call(server, tool, raw, args, below));
    installAbort({
      later: (callback, delayMs) => void this.#timers.set(callback, delayMs, [], false),
      uncaught,
    });
  }

  installGlobals(randomText: (bytes: number) => string): void {
    this.#timers.installGlobals();
    installEncoding(randomText);
    defineGlobal(
      'console',
      createConsole((text) => this.#output.write(text)),
    );
    defineGlobal('structuredClone', structuredClone);
    defineGlobal('URL', URL);
    defineGlobal('URLSearchParams', URLSearchParams);
    defineGlobal('ToolError', ToolError);
    defineGlobal('require', refuseRequire);
    defineGlobal('input', undefined);
  }

  receive(kind: number, a: unknown, b: unknown, c: unknown, d: unknown): unknown {
    this.#isDirect = kind === toGuest.reply && d === 1;
    switch (kind) {
      case toGuest.api:
        return this.#api.install(jsonParse(a as string) as ApiTable);
      case toGuest.input:
        this.#input = jsonParse(a as string);
        return defineGlobal('input', this.#input);
      case toGuest.start:
        return this.#start(a as () => Promise<unknown>);
      case toGuest.idle:
        this.#endIfStalled();
        return this.#started;
      case toGuest.reply:
        return this.#calls.settle(a as number, b === 1, c as string);
      case toGuest.fire:
        return this.#timers.fire();
    }
    return undefined;
  }

  #start(script: () => Promise<unknown>): void {
    if (this.#started) return;
    this.#started = true;
    promiseThen(
      script(),
      (value) => {
        // A module's `export default function` is the script: its value counts.
        if (typeof value !== 'function') return this.#succeed(value);
        const called = new NativePromise((resolve) =>
          resolve((value as (input: unknown) => unknown)(this.#input)),
        );
        promiseThen(
          called,
          (result) => this.#succeed(result),
          (error) => this.#fail(describeThrown(error)),
        );
      },
      (error) => this.#fail(describeThrown(error)),
    );
  }

  #succeed(value: unknown): void {
    if (this.#ended) return;
    try {
      const text = toJson(value, {
        root: 'result',
        charactersMax: this.#limits.resultBytesMax,
        bigints: true,
      });
      this.#end(true, text ?? '');
    } catch (error) {
      const message = error instanceof Unconvertible ? error.message : 'the result cannot be read';
      this.#fail(failure('result', 'TypeError', `The script's result has no JSON: ${message}.`));
    }
  }

  #endIfStalled(): void {
    if (!this.#started || this.#calls.count > 0 || this.#timers.count > 0) return;
    const message =
      'The script waits for a promise that nothing can settle any more: no tool call and no timer is under way.';
    this.#fail(failure('stalled', 'Error', message));
  }

  #fail(described: ScriptFailure): void {
    if (this.#ended) return;
    const options = { root: 'failure', charactersMax: Number.POSITIVE_INFINITY, bigints: false, plain: true };
    this.#end(false, toJson(described, options) ?? '');
  }

  #end(ok: boolean, text: string): void {
    this.#output.flush();
    this.#send(toHost.done, ok ? 1 : 0, text, this.#output.cut);
    this.#ended = true;
  }

  /** By `apply`: a spread would run the array iterator, which a script may have replaced. */
  #send(...message: (number | string)[]): void {
    if (this.#ended) return;
    apply(this.#isDirect ? this.#postNow : this.#post, undefined, message);
  }
}

/** esbuild writes `import()` as `require()`. */
function refuseRequire(name: unknown): never {
  throw new Error(
    `Cannot import ${jsonStringify(`${name}`)}: a script can import only "unified_api". Tools are the way to reach files, network and processes.`,
  );
}
