/** The catalogue -> the text of generated/unified_api.ts. */
import type { CatalogServer } from '../catalog/tool.ts';
import type { TypeCompiler } from './type-cache.ts';
import { renderUnifiedApi } from './unified-api.ts';

/** The same servers and tools give the same bytes, in whatever order they come. Never rejects. */
export async function generateUnifiedApi(
  servers: readonly CatalogServer[],
  compiler: TypeCompiler,
): Promise<string> {
  return renderUnifiedApi(servers, await compiler.typesOf(servers.flatMap((server) => server.tools)));
}
