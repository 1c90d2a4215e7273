/** Which tools the names in a checked script stand for. */
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import type { ApiDescription } from './api-description.ts';
import type { ScriptSymbol, TypeProject } from './type-project.ts';

/** What a name of the API is; undefined for anything else. */
export type ApiName =
  | { readonly what: 'server'; readonly server: CatalogServer }
  | { readonly what: 'tool'; readonly tool: Tool };

/** Reads symbols. */
export class ToolNames {
  readonly #project: TypeProject;
  readonly #api: ApiDescription;
  readonly #globals = new Map<string, ApiName>();
  /** Tools as they are called behind their server. */
  readonly #members = new Set<string>();

  constructor(project: TypeProject, api: ApiDescription) {
    this.#project = project;
    this.#api = api;
    for (const server of api.servers) {
      this.#globals.set(server.identifier, { what: 'server', server });
      for (const tool of server.tools) {
        this.#globals.set(tool.flatName, { what: 'tool', tool });
        this.#members.add(tool.identifier).add(tool.name);
      }
    }
  }

  /** Whether anything in the API has this name. */
  has(name: string): boolean {
    return this.#globals.has(name) || this.#members.has(name);
  }

  /** A global of the API, or an export of `unified_api`. */
  global(name: string): ApiName | undefined {
    return this.#globals.get(name);
  }

  async of(symbol: ScriptSymbol | undefined): Promise<ApiName | undefined> {
    if (!symbol || !this.#project.isOfApi(symbol)) return undefined;
    const server = await this.#owner(symbol);
    if (!server) return this.#globals.get(symbol.name);
    const tool = toolOf(server, symbol.name);
    return tool && { what: 'tool', tool };
  }

  async #owner(symbol: ScriptSymbol): Promise<CatalogServer | undefined> {
    return this.#api.interfaces.get((await this.#project.ownerOf(symbol)) ?? '');
  }
}

/** By the name in scripts, or the server's own; where both exist, the first. */
export function toolOf({ tools }: CatalogServer, name: string): Tool | undefined {
  return tools.find(({ identifier }) => identifier === name) ?? tools.find((tool) => tool.name === name);
}
