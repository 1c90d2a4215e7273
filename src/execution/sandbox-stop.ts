/** The orchestrator's end of a sandbox that is kept, after its script was cut off, for the functions given to `onStop`. */
import type { ScriptFailure } from '../../sandbox/protocol.ts';
import { ProtocolViolation } from './sandbox-messages.ts';
import type { SandboxStop } from './sandbox-script.ts';

interface KeptOptions {
  /** Asks the sandbox to run one function. */
  readonly start: (id: number) => void;
  /** Ends the sandbox. */
  readonly end: () => void;
}

export class KeptSandbox implements SandboxStop {
  readonly #options: KeptOptions;
  #running:
    | { readonly id: number; readonly resolve: (failure: ScriptFailure | undefined) => void }
    | undefined;
  #gone: ScriptFailure | undefined;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  run(id: number): Promise<ScriptFailure | undefined> {
    if (this.#gone) return Promise.resolve(this.#gone);
    return new Promise((resolve) => {
      this.#running = { id, resolve };
      this.#options.start(id);
    });
  }

  close(): void {
    this.#options.end();
  }

  /** @throws ProtocolViolation where that function was not asked for */
  onStopped(id: number, failure: ScriptFailure | undefined): void {
    const running = this.#running;
    if (running?.id !== id) throw new ProtocolViolation(`it sent "stopped" for ${id}, which does not run`);
    this.#running = undefined;
    running.resolve(failure);
  }

  /** The process is gone, and with it what it ran. */
  onGone(reason: ScriptFailure['reason'], message: string): void {
    this.#gone = { reason, name: 'Error', message, frames: [] };
    this.#running?.resolve(this.#gone);
  }
}
