/** A token that is ours alone, kept in memory until it ends: one request for it at a time. */
export interface Issued {
  readonly token: string;
  /** In seconds, as the authorization server says; undefined where it does not. */
  readonly lifeSeconds: number | undefined;
}

/** A token is not used so shortly before its end, or in the last tenth of its life where that is short. */
const marginMsMax = 30_000;

export class OwnToken {
  readonly #issue: () => Promise<Issued>;
  #held: { readonly token: string; readonly goodUntilMs: number } | undefined;
  #issuing: Promise<string> | undefined;

  constructor(issue: () => Promise<Issued>) {
    this.#issue = issue;
  }

  async get(): Promise<string> {
    if (this.#held && performance.now() < this.#held.goodUntilMs) return this.#held.token;
    return this.#renew();
  }

  /** Another one than was refused. */
  async getAfter(refused: string | undefined): Promise<string> {
    return this.#held && this.#held.token !== refused ? this.get() : this.#renew();
  }

  #renew(): Promise<string> {
    this.#issuing ??= this.#fetch().finally(() => {
      this.#issuing = undefined;
    });
    return this.#issuing;
  }

  async #fetch(): Promise<string> {
    const { token, lifeSeconds } = await this.#issue();
    const lifeMs = lifeSeconds === undefined ? Number.POSITIVE_INFINITY : lifeSeconds * 1_000;
    this.#held = { token, goodUntilMs: performance.now() + lifeMs - Math.min(marginMsMax, lifeMs / 10) };
    return token;
  }
}
