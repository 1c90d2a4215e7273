/** The names under which tools and prompts of all servers stand side by side: short enough for model APIs, and reversible. */
import { createHash } from 'node:crypto';

/** What model APIs allow; dots and `$` are not among it. */
const allowed = /^[A-Za-z0-9_-]+$/;
const hashCharacters = 10;

export interface Named {
  /** The server's own name for it. */
  readonly own: string;
  /** `server__own`; unique. */
  readonly full: string;
  /** True where it is to be shown by its own name. */
  readonly isPlain: boolean;
}

export interface Naming {
  readonly charactersMax: number;
  /** Names that are not free. */
  readonly taken?: Iterable<string>;
}

/** Each under its exposed name, in the order given. */
export function byExposedName<Item>(
  items: readonly Item[],
  named: (item: Item) => Named,
  { charactersMax, taken = [] }: Naming,
): Map<string, Item> {
  const wanted = wantedNames(items.map(named), taken);
  const names = exposedNames(wanted, charactersMax);
  return new Map(
    items.map((item, index) => {
      const name = wanted[index] ?? named(item).full;
      return [names.get(name) ?? name, item];
    }),
  );
}

/** What each would be called: in full, or by its own name where that is wanted and nobody else has it. */
function wantedNames(items: readonly Named[], taken: Iterable<string>): string[] {
  const counts = new Map([...taken].map((name) => [name, 1]));
  for (const { own, full, isPlain } of items) {
    for (const name of isPlain ? [own, full] : [full]) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return items.map(({ own, full, isPlain }) => (isPlain && counts.get(own) === 1 ? own : full));
}

/**
 * One name for each, unique, in the order given. A name that fits is kept; another one is cut and ends in a hash of the
 * whole, so that it is the same whatever else there is.
 *
 * @param names unique, as `server__tool`
 */
export function exposedNames(names: readonly string[], charactersMax: number): Map<string, string> {
  const exposed = new Map<string, string>();
  const taken = new Set(names.filter((name) => fits(name, charactersMax)));
  for (const name of names) {
    let short = name;
    // Only who looks for them finds two names with one hash; they are told apart all the same.
    for (let round = 0; !fits(short, charactersMax) || (short !== name && taken.has(short)); round += 1) {
      short = shortened(name, round, charactersMax);
    }
    taken.add(short);
    exposed.set(name, short);
  }
  return exposed;
}

function fits(name: string, charactersMax: number): boolean {
  return name.length <= charactersMax && allowed.test(name);
}

function shortened(name: string, round: number, charactersMax: number): string {
  const hash = createHash('sha256').update(`${round}:${name}`).digest('hex').slice(0, hashCharacters);
  const word = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, charactersMax - hashCharacters - 1);
  return `${word}_${hash}`;
}
