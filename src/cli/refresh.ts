/** Asks every server, with a progress line that says who is waited for. */
import type { Catalog } from '../catalog/catalog.ts';
import type { RefreshReport } from '../catalog/refresh-report.ts';
import { ProgressLine } from './terminal.ts';

/** Where the signal fires, it resolves with what there is. */
export async function refreshWithProgress(catalog: Catalog, signal: AbortSignal): Promise<RefreshReport> {
  const progress = new ProgressLine();
  const show = () => {
    const servers = catalog.servers();
    const waiting = servers.filter(({ status }) => ['pending', 'connecting', 'cached'].includes(status));
    progress.show(
      `connecting: ${servers.length - waiting.length} of ${servers.length} servers; waiting for ${waiting.map(({ name }) => name).join(', ')}`,
    );
  };
  const timer = setInterval(show, 100);
  show();
  try {
    return await catalog.refreshAll(signal);
  } finally {
    clearInterval(timer);
    progress.clear();
  }
}
