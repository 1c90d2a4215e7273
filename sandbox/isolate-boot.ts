/** Makes an isolate's context and puts the guest into it: afterwards only messages pass between it and us. */
import { randomBytes } from 'node:crypto';
import { scriptPrefix, scriptSuffix, toGuest, toHost } from './bridge.ts';
import type { IsolatedVm } from './isolated-vm.ts';
import type { ApiTable, SandboxLimits } from './protocol.ts';

/** Tells the guest something; `bridge.ts` says what. */
export type Receive = IsolatedVm.Reference<(kind: number, a?: unknown, b?: unknown, c?: unknown) => unknown>;

/** As `toGuest.settler` says. Cheaper than an `applySync`, and by the same code as the way out. */
export type SettleNow = (signedId: number, text: string) => void;

/** What the guest tells; `bridge.ts` says what. Not as one array: every call comes this way. */
export type OnPost = (
  kind: number,
  a: number | string,
  b: number | string,
  c: number | string,
  d: number | string,
  e: number | string,
) => void;

export interface BootOptions {
  /** The module `isolated-vm`, loaded by the caller. */
  readonly ivm: typeof IsolatedVm;
  /** The bundled guest.ts. */
  readonly guestSource: string;
  readonly limits: SandboxLimits;
  readonly onPost: OnPost;
}

interface BootedGuest {
  readonly context: IsolatedVm.Context;
  readonly receive: Receive;
}

type Given = IsolatedVm.Callback | string;
type Boot = (...given: Given[]) => unknown;
type CompiledScript = IsolatedVm.Script & IsolatedVm.CachedDataResult;
type CodeCache = IsolatedVm.ExternalCopy<ArrayBuffer>;

const filename = 'guest.js';
const randomBytesMax = 65_536;

let isFirst = true;
let wrappedSource: string | undefined;
let codeCache: CodeCache | undefined;

/** In our own thread: a change of threads for each step would cost as much as some of the steps. */
export function bootGuest(isolate: IsolatedVm.Isolate, options: BootOptions): BootedGuest {
  // The first isolate is in a hurry, and compiles what it uses.
  if (!isFirst) codeCache ??= compiledGuest(options);
  isFirst = false;
  const script = isolate.compileScriptSync(sourceOf(options), {
    filename,
    ...(codeCache && { cachedData: codeCache }),
  });
  return startGuest(isolate, script, options, { ignored: true });
}

/** The same text each time, not only an equal one. */
function sourceOf({ guestSource }: BootOptions): string {
  wrappedSource ??= `(() => { ${guestSource}\nreturn guest.boot; })()`;
  return wrappedSource;
}

function startGuest(
  isolate: IsolatedVm.Isolate,
  script: IsolatedVm.Script,
  { ivm, limits, onPost }: BootOptions,
  post: { readonly ignored?: true },
): BootedGuest {
  const context = isolate.createContextSync();
  const boot = script.runSync(context, { reference: true }) as IsolatedVm.Reference<Boot>;
  const given: Given[] = [
    new ivm.Callback(onPost, post),
    new ivm.Callback(onPost),
    new ivm.Callback((bytes: number) => randomBytes(Math.min(bytes, randomBytesMax)).toString('latin1')),
    JSON.stringify(limits),
  ];
  const receive = boot.applySync(undefined, given, { result: { reference: true } }) as unknown as Receive;
  return { context, receive };
}

export function settlerOf(receive: Receive): SettleNow {
  return receive.applySync(undefined, [toGuest.settler]) as SettleNow;
}

const usualApi: ApiTable = { servers: { server: ['tool'] } };
const usualScript =
  'for (let i = 0; i < 2; i++) console.log("text", await server.tool({ text: "" + i, list: [{ i }] })); return 1;';

/**
 * V8's code cache of the guest, which every further isolate takes over instead of compiling: the functions that nearly
 * every script uses, since taking over the others costs more than compiling them where one is called. They come from an
 * isolate in which a script of ours has run. Safe only because it never leaves this process.
 */
function compiledGuest(options: BootOptions): CodeCache | undefined {
  const { ivm, limits } = options;
  const isolate = new ivm.Isolate({ memoryLimit: limits.heapMebibytesMax });
  const source = sourceOf(options);
  const calls: number[] = [];
  const onPost: OnPost = (kind, id) => {
    if (kind === toHost.call) calls.push(id as number);
  };
  const script = isolate.compileScriptSync(source, { filename });
  const { context, receive } = startGuest(isolate, script, { ...options, onPost }, {});
  receive.applySync(undefined, [toGuest.api, JSON.stringify(usualApi)]);
  context.evalClosureSync(scriptPrefix + usualScript + scriptSuffix, [receive.derefInto()]);
  const settleNow = settlerOf(receive);
  for (const id of calls) settleNow(id, '{"text":""}');
  // V8 knows the text again, and hands out what it has compiled by now.
  const known: CompiledScript = isolate.compileScriptSync(source, { filename, produceCachedData: true });
  isolate.dispose();
  return known.cachedData;
}
