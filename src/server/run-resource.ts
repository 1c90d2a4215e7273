/** `run://ID`: the whole record of a run, with all its output, for its own principal. */
import type { JsonObject } from '../downstream/caller.ts';
import type { RunStore } from '../execution/run-store.ts';
import { shownRecord } from '../execution/run-view.ts';

const listedMax = 50;
const scheme = 'run://';
const mimeType = 'application/json';

export const runTemplate: JsonObject = {
  uriTemplate: `${scheme}{run_id}`,
  name: 'run',
  title: 'Record of a run',
  description: 'Script, calls, console and result.',
  mimeType,
};

/** Whether it is one of these addresses; the run need not exist. */
export function isRunUri(uri: string): boolean {
  return uri.startsWith(scheme);
}

/** The newest ones. */
export async function runResources(runs: RunStore, principal: string): Promise<JsonObject[]> {
  const newest = (await runs.list({ principal })).slice(0, listedMax);
  return newest.map(({ run_id, title, status, started_at }) => ({
    uri: `${scheme}${run_id}`,
    name: run_id,
    title,
    description: `${status}, ${started_at}`,
    mimeType,
  }));
}

/** @throws OrchestratorError `run_unknown` */
export async function readRun(uri: string, runs: RunStore, principal: string): Promise<JsonObject> {
  const id = uri.slice(scheme.length);
  const record = await runs.get(id, { principal });
  if (!record) throw runs.unknown(id);
  return { contents: [{ uri, mimeType, text: JSON.stringify(shownRecord(record)) }] };
}
