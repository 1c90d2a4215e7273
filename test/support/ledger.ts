/** The server `ledger`: what was really done, and what is to go wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type OnEnd, temporaryFolder } from './folder.ts';
import { fixture, type Servers } from './orchestrator.ts';

export interface Ledger {
  readonly servers: Servers;
  /** `append 1`, in the order in which it was done. */
  lines(): string[];
  count(line: string): number;
  /** Entries to be refused; entries that are written and kill the server; entries that are written and not answered. */
  wrong(entries: { fail?: unknown[]; die?: unknown[]; hang?: unknown[] }): void;
  clear(): void;
}

export function newLedger(onEnd?: OnEnd): Ledger {
  const folder = temporaryFolder(onEnd);
  const [file, control] = [path.join(folder, 'ledger.txt'), path.join(folder, 'control.json')];
  const lines = () => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const ledger: Ledger = {
    servers: { ledger: fixture('ledger.mjs', file, control) },
    lines,
    count: (line) => lines().filter((one) => one === line).length,
    wrong: (entries) => writeFileSync(control, JSON.stringify(entries)),
    clear: () => writeFileSync(file, ''),
  };
  ledger.clear();
  ledger.wrong({});
  return ledger;
}
