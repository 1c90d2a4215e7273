/** The resources that one client wants to hear changes of, and what tells it. */
import type { OrchestratorView } from '../orchestrator.ts';
import { findResource } from './direct-resources.ts';

export class ResourceWatch {
  readonly #view: () => Promise<OrchestratorView>;
  readonly #onUpdated: (uri: string) => void;
  /** By the URI that the client named it by. */
  readonly #watched = new Map<string, { server: string; own: string; letGo: () => void }>();
  #stop: (() => void) | undefined;
  #isClosed = false;

  /** @param onUpdated is given the URI that the client named it by */
  constructor(view: () => Promise<OrchestratorView>, onUpdated: (uri: string) => void) {
    this.#view = view;
    this.#onUpdated = onUpdated;
  }

  /** @throws ProtocolError where there is no such resource; OrchestratorError where its server cannot be asked */
  async watch(uri: string, signal: AbortSignal): Promise<void> {
    if (this.#watched.has(uri)) return;
    const view = await this.#view();
    const { server, uri: own } = await findResource(uri, view, signal);
    this.#stop ??= view.offers.onChanged((change) => {
      if (change.kind === 'updated') this.#tell(change.server, change.uri);
    });
    const letGo = await view.offers.subscribe(server.name, own);
    if (this.#isClosed || this.#watched.has(uri)) letGo();
    else this.#watched.set(uri, { server: server.name, own, letGo });
  }

  unwatch(uri: string): void {
    this.#watched.get(uri)?.letGo();
    this.#watched.delete(uri);
  }

  close(): void {
    this.#isClosed = true;
    this.#stop?.();
    for (const { letGo } of this.#watched.values()) letGo();
    this.#watched.clear();
  }

  #tell(server: string, uri: string): void {
    for (const [named, watched] of this.#watched) {
      if (watched.server === server && watched.own === uri) this.#onUpdated(named);
    }
  }
}
