/** The client of a run, for whose answers the run's clock does not count. */
import type { CallerClient } from '../downstream/caller.ts';
import type { RunClock } from './run-clock.ts';

export function restingClient(client: CallerClient | undefined, clock: RunClock): CallerClient | undefined {
  if (!client) return undefined;
  const { elicit, sample, roots } = client;
  return {
    place: client.place ?? client,
    capabilities: client.capabilities,
    ...(elicit && { elicit: (...asked) => clock.rest(() => elicit.apply(client, asked)) }),
    ...(sample && { sample: (...asked) => clock.rest(() => sample.apply(client, asked)) }),
    ...(roots && { roots: (...asked) => clock.rest(() => roots.apply(client, asked)) }),
    ...(client.log && { log: (params) => client.log?.(params) }),
  };
}
