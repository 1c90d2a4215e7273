/** The catalogue -> the text of generated/unified_api.ts. */
import type { CatalogServer } from '../catalog/tool.ts';
import { withObserved } from './observed-type.ts';
import type { TypeCompiler } from './type-cache.ts';
import { renderUnifiedApi } from './unified-api.ts';

export interface GenerateOptions {
  /** With the observed types of results that are not declared: for editors, not for the type check. Default: without. */
  readonly observed?: boolean;
}

/** The same servers, tools and observations give the same bytes, in whatever order they come. Never rejects. */
export async function generateUnifiedApi(
  servers: readonly CatalogServer[],
  compiler: TypeCompiler,
  { observed = false }: GenerateOptions = {},
): Promise<string> {
  const tools = servers.flatMap((server) => server.tools);
  const types = await compiler.typesOf(tools);
  return renderUnifiedApi(servers, observed ? withObserved(tools, types, { open: true }) : types);
}
