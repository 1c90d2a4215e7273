/** What `init` is told, by flags or by answers, and which file of a client is meant. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Client, Machine } from '../config/clients/client.ts';
import type { FoundFile } from './take-over.ts';

export interface InitOptions {
  readonly config?: string;
  /** Names of clients, or `all`, or `none`. */
  readonly import?: readonly string[];
  readonly clients?: readonly string[];
  /** The key of our entry. */
  readonly name: string;
  /** Take what is imported out of the clients' files. */
  readonly move?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly undo?: boolean;
  readonly json?: boolean;
}

/** What is to be done, by flags or by answers. */
export interface InitChoices {
  readonly ourFile: string;
  readonly importFrom: readonly FoundFile[];
  readonly addTo: readonly ClientTarget[];
  readonly move: boolean;
}

export interface ClientTarget {
  readonly client: Client;
  readonly file: string;
}

/** Of a client its first file that is there; where there is none, the user's, unless only those that are there are meant. */
export function targetsOf(
  machine: Machine,
  clients: readonly Client[],
  found: readonly FoundFile[],
  onlyThere: boolean,
): ClientTarget[] {
  return clients.flatMap((client) => {
    const there = found.filter((one) => one.client === client).map(({ file }) => ({ client, file }));
    if (there.length > 0) return there.slice(0, 1);
    const folder = client.files(machine).find(({ path: file }) => existsSync(path.dirname(file)));
    const usual = folder ?? client.files(machine).find(({ scope }) => scope === 'user');
    return onlyThere || !usual ? [] : [{ client, file: usual.path }];
  });
}
