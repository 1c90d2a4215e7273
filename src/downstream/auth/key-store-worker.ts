/**
 * Entry of the process that asks the system's key store. A process of its own, because asking may block it: until a
 * person has unlocked the store, or for ever where whoever should answer has hung.
 */
import type { FromKeyStore, ToKeyStore } from './key-store.ts';

/** Never the kernel's keys, which a restart of the machine forgets. */
const store = { linux: { store: 'secret-service' } } as const;
const service = 'mcp-tools-orchestrator';

process.on('message', ({ account, fresh }: ToKeyStore) => {
  answer(account, fresh).then(
    (message) => process.send?.(message),
    (error: unknown) =>
      process.send?.({ failure: String((error as { message?: unknown } | null)?.message ?? error) }),
  );
});

// Nobody waits for the answer any more.
process.on('disconnect', () => process.exit(0));

async function answer(account: string, fresh: string | undefined): Promise<FromKeyStore> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  const entry = new AsyncEntry(service, account, store);
  const found = await entry.getPassword();
  if (found !== null || fresh === undefined) return { key: found };
  await entry.setPassword(fresh);
  // What is there now counts: some stores keep nothing and say nothing.
  return { key: await entry.getPassword() };
}
