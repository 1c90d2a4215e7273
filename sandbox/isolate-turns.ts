/** The turns that an isolate's own thread takes for us: what it was told and has not yet done. */

import { toGuest } from './bridge.ts';
import type { Receive } from './isolate-boot.ts';
import type { IsolatedVm } from './isolated-vm.ts';

export interface TurnEvents {
  /** A turn threw, or left a rejection that nothing handles. */
  onUncaught(thrown: unknown): void;
  /** After each turn. */
  onTurnEnd(): void;
}

export class GuestTurns {
  readonly #isolate: IsolatedVm.Isolate;
  readonly #receive: Receive;
  readonly #events: TurnEvents;
  #underWay = 0;
  /** Those of the script's own, of which an isolate that ran out of memory tells, too. */
  #entered = 0;
  #left: PromiseWithResolvers<void> | undefined;

  constructor(isolate: IsolatedVm.Isolate, receive: Receive, events: TurnEvents) {
    this.#isolate = isolate;
    this.#receive = receive;
    this.#events = events;
  }

  /** Whoever entered the isolate meanwhile would wait, for ever perhaps. */
  get areOver(): boolean {
    return this.#underWay === 0;
  }

  /** Without a turn of the script's. */
  tell(kind: number, a: string): void {
    if (!this.#isolate.isDisposed) this.#receive.applyIgnored(undefined, [kind, a]);
  }

  /** As `tell`, in our own thread; only where no turn is under way. */
  tellNow(kind: number, a: string): void {
    if (!this.#isolate.isDisposed) this.#receive.applySync(undefined, [kind, a]);
  }

  /** Has the script go on. */
  wake(kind: number, a?: number, b?: string): void {
    if (!this.#isolate.isDisposed) this.enter(this.#receive.apply(undefined, [kind, a, b]));
  }

  /**
   * What the turn throws is a rejection that nothing handles, copied by isolated-vm, which does so whether it is
   * wanted or not.
   */
  enter(turn: Promise<unknown>): void {
    this.#underWay++;
    this.#entered++;
    turn.then(
      () => {
        this.#leave();
        this.#events.onTurnEnd();
      },
      (thrown: unknown) => {
        this.#leave();
        this.#events.onUncaught(thrown);
        this.#events.onTurnEnd();
      },
    );
  }

  /** The guest's answer; the script does not go on by it. Rejects where the isolate cannot answer. */
  async ask(kind: number, a?: string, b?: string, c?: string): Promise<unknown> {
    this.#underWay++;
    try {
      return await this.#receive.apply(undefined, [kind, a, b, c]);
    } finally {
      this.#underWay--;
    }
  }

  /** Resolves when all that came before is done, or can no more be done. */
  async quiet(): Promise<void> {
    if (!this.#isolate.isDisposed) await this.#receive.apply(undefined, [toGuest.ping]).catch(() => {});
    // Disposed does not mean stopped: a turn ends only when its thread is back.
    if (this.#entered === 0) return;
    this.#left ??= Promise.withResolvers<void>();
    await this.#left.promise;
  }

  #leave(): void {
    this.#underWay--;
    this.#entered--;
    if (this.#entered === 0) this.#left?.resolve();
  }
}
