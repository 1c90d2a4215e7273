/** Makes an isolate's context and puts the guest into it: afterwards only messages pass between it and us. */
import { randomBytes } from 'node:crypto';
import type { IsolatedVm } from './isolated-vm.ts';
import type { SandboxLimits } from './protocol.ts';

/** Tells the guest something; `bridge.ts` says what. */
export type Receive = IsolatedVm.Reference<
  (kind: number, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown
>;

export interface BootOptions {
  /** The module `isolated-vm`, loaded by the caller. */
  readonly ivm: typeof IsolatedVm;
  /** The bundled guest.ts. */
  readonly guestSource: string;
  readonly limits: SandboxLimits;
  /** What the guest says; `bridge.ts` says what it can be. */
  onPost(message: (number | string)[]): void;
}

const randomBytesMax = 65_536;

/** V8's code cache of the guest, which halves its start; safe only because it never leaves this process. */
let codeCache: IsolatedVm.ExternalCopy<ArrayBuffer> | undefined;

export async function bootGuest(
  isolate: IsolatedVm.Isolate,
  { ivm, guestSource, limits, onPost }: BootOptions,
): Promise<{ context: IsolatedVm.Context; receive: Receive }> {
  const context = await isolate.createContext();
  const post = new ivm.Callback((...message: (number | string)[]) => onPost(message), { ignored: true });
  const postNow = new ivm.Callback((...message: (number | string)[]) => onPost(message));
  const random = new ivm.Callback((bytes: number) =>
    randomBytes(Math.min(bytes, randomBytesMax)).toString('latin1'),
  );
  const cache = codeCache ? { cachedData: codeCache } : { produceCachedData: true };
  const source = `(() => { ${guestSource}\nreturn guest.boot; })()`;
  const script: IsolatedVm.Script & IsolatedVm.CachedDataResult = await isolate.compileScript(source, {
    filename: 'guest.js',
    ...cache,
  });
  codeCache ??= script.cachedData;
  const boot = (await script.run(context, { reference: true })) as IsolatedVm.Reference<
    (...given: unknown[]) => unknown
  >;
  const receive = (await boot.apply(undefined, [post, postNow, random, JSON.stringify(limits)], {
    result: { reference: true },
  })) as unknown as Receive;
  return { context, receive };
}
