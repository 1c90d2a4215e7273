/**
 * Runs inside the isolate, before the script: hardens the global, gives the script its console, timers, web APIs
 * and tools, and answers the host. Whatever leaves goes through `post`, as numbers and strings, within limits.
 */
import { toGuest, toHost } from './bridge.ts';
import { installAbort } from './guest-abort.ts';
import { Api } from './guest-api.ts';
import { type CallSite, newCallee, traceBelow } from './guest-call-sites.ts';
import { Calls } from './guest-calls.ts';
import { structuredClone } from './guest-clone.ts';
import { createConsole } from './guest-console.ts';
import { installEncoding } from './guest-encoding.ts';
import { describeThrown, describeUncaught, failure } from './guest-failure.ts';
import { harden } from './guest-harden.ts';
import { toJson, Unconvertible } from './guest-json.ts';
import { Output } from './guest-output.ts';
import { defineGlobal, jsonParse, jsonStringify, NativePromise, promiseThen } from './guest-primordials.ts';
import { Stops } from './guest-stop.ts';
import { Timers } from './guest-timers.ts';
import { ToolError } from './guest-tool-error.ts';
import { URL, URLSearchParams } from './guest-url.ts';
import {
  type ApiTable,
  isCutOff,
  orchestratorServer,
  type SandboxLimits,
  type ScriptFailure,
} from './protocol.ts';

type Post = (kind: number, a?: Part, b?: Part, c?: Part, d?: Part, e?: Part) => void;
type Part = number | string;
type Receive = (kind: number, a?: unknown, b?: unknown, c?: unknown) => unknown;

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
  return (kind, a, b, c) => guest.receive(kind, a, b, c);
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
  readonly #stops: Stops;
  #input: unknown;
  #started = false;
  /** The script's own code has come to its end, with this; calls that it left behind are under way. */
  #returned: { readonly value: unknown } | undefined;
  #ended = false;
  /** The function of `onStop` that runs: then the script itself has been cut off. */
  #stopping: number | undefined;
  #stopReturned = false;
  /** How many the host was told of. */
  #callSites = 0;

  constructor(post: Post, postNow: Post, limits: SandboxLimits) {
    this.#post = post;
    this.#postNow = postNow;
    this.#limits = limits;
    const uncaught = (error: unknown) => this.#fail({ ...describeThrown(error), uncaught: 'callback' });
    this.#output = new Output(limits.outputBytesMax, (text) => this.#send(toHost.output, text));
    this.#timers = new Timers({
      timersMax: limits.timersMax,
      wake: (delayMs) => this.#send(toHost.wake, delayMs),
      uncaught,
    });
    this.#calls = new Calls(limits, {
      send: (id, site, args) => this.#sendCall(id, site, args),
      exceeded: () => this.#fail(tooManyCalls(this.#stopping === undefined, limits)),
    });
    this.#stops = new Stops({
      tell: (tool, args, below) => this.#calls.call(stopCallees[tool], args, traceBelow(below)),
      counted: (functions) => this.#send(toHost.stops, functions),
    });
    this.#api = new Api(this.#calls);
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
    defineGlobal('onStop', this.#stops.onStop);
    defineGlobal('require', refuseRequire);
    defineGlobal('input', undefined);
  }

  receive(kind: number, a: unknown, b: unknown, c: unknown): unknown {
    this.#isDirect = false;
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
      case toGuest.value:
        return this.#settle(a as number, true, b as string);
      case toGuest.failure:
        return this.#settle(a as number, false, b as string);
      case toGuest.settler:
        return (signedId: number, text: string) => this.#settleNow(signedId, text);
      case toGuest.fire:
        return this.#timers.fire();
      case toGuest.uncaught:
        return this.#uncaught(a as string, b as string, c as string);
      case toGuest.stop:
        return this.#stop(a as number);
    }
    return undefined;
  }

  #settleNow(signedId: number, text: string): void {
    this.#isDirect = true;
    if (signedId > 0) this.#settle(signedId, true, text);
    else this.#settle(-signedId, false, text);
  }

  #settle(id: number, ok: boolean, text: string): void {
    this.#calls.settle(id, ok, text);
    if (this.#returned && this.#calls.count === 0) this.#endLater(0);
    if (this.#stopReturned) this.#endStopIfQuiet();
  }

  #start(script: () => Promise<unknown>): void {
    if (this.#started) return;
    this.#started = true;
    promiseThen(
      script(),
      (value) => {
        // A module's `export default function` is the script: its value counts.
        if (typeof value !== 'function') return this.#return(value);
        const called = new NativePromise((resolve) =>
          resolve((value as (input: unknown) => unknown)(this.#input)),
        );
        promiseThen(
          called,
          (result) => this.#return(result),
          (error) => this.#fail(describeThrown(error)),
        );
      },
      (error) => this.#fail(describeThrown(error)),
    );
  }

  /** Calls that nothing awaits are not torn off: a write would be half done, and a failure never seen. */
  #return(value: unknown): void {
    if (this.#calls.count === 0) return this.#succeed(value);
    this.#returned = { value };
    this.#calls.leave();
    this.#endLater(this.#limits.leftCallMsMax);
  }

  /** Once no call is under way, or none has ended for so long. By a timer: then what goes on behind a call has done so. */
  #endLater(delayMs: number): void {
    const { settled } = this.#calls;
    const end = () => {
      if (this.#calls.count === 0 || (delayMs > 0 && settled === this.#calls.settled))
        this.#succeed(this.#returned?.value);
      else if (delayMs > 0) this.#endLater(delayMs);
    };
    try {
      this.#timers.set(end, delayMs, [], false);
    } catch {
      // There is no timer left: what is under way is left to the clock, and an end without calls is noticed from outside.
    }
  }

  #succeed(value: unknown): void {
    if (this.#ended) return;
    const lost = this.#calls.unhandled();
    if (lost) return this.#fail({ ...describeThrown(lost), uncaught: 'call' });
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
    if (!this.#started || this.#calls.count > 0) return;
    if (this.#returned) return this.#succeed(this.#returned.value);
    if (this.#timers.count > 0) return;
    const message =
      'The script waits for a promise that nothing can settle any more: no tool call and no timer is under way.';
    this.#fail(failure('stalled', 'Error', message));
  }

  /** Knows the call again that a rejection came from: then it is reported as that. */
  #uncaught(name: string, message: string, frames: string): boolean | string {
    if (!this.#started) return false;
    const call = this.#calls.failedWith(message, frames);
    const thrown = call ? describeThrown(call) : describeUncaught(name, message, frames);
    const described: ScriptFailure = { ...thrown, uncaught: 'promise' };
    if (this.#ended && this.#stopping === undefined) return failureJson(described);
    this.#fail(described);
    return true;
  }

  #fail(described: ScriptFailure): void {
    if (this.#stopping !== undefined) return this.#endStop(described);
    if (!this.#ended) this.#end(false, failureJson(described), isCutOff(described));
  }

  #end(ok: boolean, text: string, cutOff = false): void {
    const { unsent } = this.#calls;
    this.#output.flush();
    this.#send(toHost.left, this.#output.cut, this.#calls.notAwaited(), unsent);
    this.#send(toHost.done, ok ? 1 : 0, text, cutOff ? 1 : 0);
    this.#ended = true;
  }

  /** What the script waited for never comes now, so that it does not go on beside its own functions for the end. */
  #stop(id: number): void {
    this.#ended = true;
    this.#stopping = id;
    this.#stopReturned = false;
    this.#calls.startOver(this.#limits.stopCallsMax);
    this.#timers.clearAll();
    promiseThen(
      this.#stops.run(id),
      () => {
        this.#stopReturned = true;
        this.#endStopIfQuiet();
      },
      (error) => this.#endStop(describeThrown(error)),
    );
  }

  /** A call that the function does not await is waited for all the same: `onStop(() => { arm.halt() })`. */
  #endStopIfQuiet(): void {
    if (!this.#stopReturned || this.#stopping === undefined || this.#calls.count > 0) return;
    const lost = this.#calls.unhandled();
    this.#endStop(lost && describeThrown(lost));
  }

  #endStop(described: ScriptFailure | undefined): void {
    this.#output.flush();
    this.#send(toHost.stopped, described ? 0 : 1, described ? failureJson(described) : '');
    this.#stopping = undefined;
  }

  #sendCall(id: number, site: CallSite, args: string): void {
    if (this.#ended && this.#stopping === undefined) return;
    this.#output.flush();
    const post = this.#isDirect ? this.#postNow : this.#post;
    if (site.number === 0) {
      const { server, tool, raw } = site.callee;
      site.number = ++this.#callSites;
      post(toHost.callSite, site.number, raw ? 1 : 0, server, tool, site.place);
    }
    post(toHost.call, id, site.number, args);
  }

  #send(kind: number, a: number | string, b?: number | string, c?: number | string): void {
    if (this.#ended && this.#stopping === undefined) return;
    const post = this.#isDirect ? this.#postNow : this.#post;
    post(kind, a, b, c);
  }
}

const stopCallees = {
  onStop: newCallee(orchestratorServer, 'onStop', false),
  offStop: newCallee(orchestratorServer, 'offStop', false),
};

function failureJson(described: ScriptFailure): string {
  const options = { root: 'failure', charactersMax: Number.POSITIVE_INFINITY, bigints: false, plain: true };
  return toJson(described, options) ?? '';
}

function tooManyCalls(isScript: boolean, { callsMax, stopCallsMax }: SandboxLimits): ScriptFailure {
  const message = isScript
    ? `The script made more than ${callsMax} tool calls, the most allowed (callsMax).`
    : `onStop made more than ${stopCallsMax} tool calls, the most allowed (stopCallsMax).`;
  return failure('calls', 'RangeError', message);
}

/** esbuild writes `import()` as `require()`. */
function refuseRequire(name: unknown): never {
  throw new Error(
    `Cannot import ${jsonStringify(`${name}`)}: a script can import only "unified_api". Tools are the way to reach files, network and processes.`,
  );
}
