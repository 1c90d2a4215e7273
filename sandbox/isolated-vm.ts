/** Loads isolated-vm, in the one way in which every kind of sandbox does. */
import { createRequire } from 'node:module';
import type IsolatedVm from 'isolated-vm';

export type { IsolatedVm };

/** By the addon's path: the package's own loader probes files that the permission model keeps from us. */
export function loadIsolatedVm(addonPath: string): typeof IsolatedVm {
  return (createRequire(__filename)(addonPath) as { ivm: typeof IsolatedVm }).ivm;
}
