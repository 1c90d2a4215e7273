/** Servers registered at runtime, in the storage: entries as they were given, with nothing expanded in them. */
import * as z from 'zod';
import type { Log } from '../log.ts';
import { keyPart } from '../storage/key.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';

export interface Registration {
  readonly name: string;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly principal: string;
  /** ISO 8601. */
  readonly registered_at: string;
}

const prefix = 'servers/';
const keyOf = (name: string) => `${prefix}${keyPart(name)}`;

const schema = z.object({
  name: z.string(),
  entry: z.record(z.string(), z.unknown()),
  principal: z.string(),
  registered_at: z.string(),
});

export class Registrations {
  readonly #storage: Storage;
  readonly #log: Log;
  /** By key. */
  readonly #known = new Map<string, Registration>();

  constructor(storage: Storage, log: Log) {
    this.#storage = storage;
    this.#log = log;
  }

  /** Never rejects. */
  async load(): Promise<void> {
    const keys = await this.#storage.keys(prefix);
    await Promise.all(keys.map((key) => this.#take(key)));
  }

  all(): Registration[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Registration | undefined {
    return this.#known.get(keyOf(name));
  }

  async put(registration: Registration): Promise<void> {
    const key = keyOf(registration.name);
    this.#known.set(key, registration);
    await this.#storage.set(key, registration as unknown as JsonValue);
  }

  async delete(name: string): Promise<void> {
    const key = keyOf(name);
    this.#known.delete(key);
    await this.#storage.delete(key);
  }

  /** Hears of those that other processes register and remove. @returns how to end it */
  watch(onChange: () => void): () => void {
    return this.#storage.watch(prefix, ({ key }) => {
      this.#take(key).then((isNew) => {
        if (isNew) onChange();
      });
    });
  }

  /** @returns whether it is another one than before */
  async #take(key: string): Promise<boolean> {
    const before = JSON.stringify(this.#known.get(key));
    const value = await this.#storage.get(key);
    const parsed = schema.safeParse(value);
    if (parsed.success && keyOf(parsed.data.name) === key) this.#known.set(key, parsed.data);
    else {
      if (value !== undefined) this.#log.warn({ key }, 'a registration in the storage is damaged');
      this.#known.delete(key);
    }
    return JSON.stringify(this.#known.get(key)) !== before;
  }
}
