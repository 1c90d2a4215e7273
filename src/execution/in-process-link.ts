/**
 * A sandbox in our own process: isolated-vm is loaded into it, which happens only here. It contains less than a process
 * does; docs/sandbox.md says what.
 */
import { createRequire } from 'node:module';
import type { InProcessModule } from '../../sandbox/protocol.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { OpenSandboxLink } from './sandbox-link.ts';
import { checkMessage } from './sandbox-messages.ts';
import { findAddon, findBuilt, sandboxLimits } from './sandbox-process.ts';

/** @throws OrchestratorError sandbox_failed */
export const openInProcessLink: OpenSandboxLink = ({ limits, log }, events) => {
  const { openInProcess } = loadInProcess();
  let isOver = false;
  const sandbox = openInProcess({
    addonPath: findAddon().file,
    limits: sandboxLimits(limits),
    onMessage: (message, payload) => {
      if (isOver) return;
      try {
        events.onMessage(checkMessage({ ...message }), payload);
      } catch (error) {
        events.onError(error);
      }
    },
    onBroken: () => end('it cannot go on'),
  });
  const end = (reason: string) => {
    if (isOver) return;
    isOver = true;
    sandbox.close().then((isQuiet) => {
      if (!isQuiet) {
        log.error(
          {},
          'a script runs on that cannot be stopped: it takes a processor core until the orchestrator ends, and its exit may need SIGKILL',
        );
      }
      // Not before whoever asked for it has gone on, as with a process.
      setImmediate(() => events.onGone(reason, ''));
    });
  };
  return {
    pid: undefined,
    send: (message, payload) => {
      if (!isOver) sandbox.send(message, payload);
    },
    kill: () => end('it was ended'),
    isGone: () => isOver,
    usage: () => undefined,
    unsentBytes: () => 0,
  };
};

function loadInProcess(): InProcessModule {
  const file = findBuilt('in-process.cjs');
  try {
    return createRequire(import.meta.url)(file) as InProcessModule;
  } catch (error) {
    throw new OrchestratorError('sandbox_failed', `${file} cannot be loaded: ${messageOf(error)}`, {
      hint: 'Reinstall the package, or run scripts in processes: "sandbox": { "isolation": "process" }.',
    });
  }
}
