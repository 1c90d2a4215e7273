/** The catalogue as the type gate checks scripts against it: declarations only, without documentation. */

import type { CatalogServer, Tool } from '../catalog/tool.ts';
import type { ApiDescription } from '../checking/api-description.ts';
import { renderCall, type TypesByTool, toolTexts, unstructuredResult } from './declarations.ts';
import { pascalCase, quote, unusedName } from './text.ts';
import type { TypeCompiler } from './type-cache.ts';
import { fixedTypeNames, fixedTypes } from './unified-api-runtime.ts';

/** `ToolError`, as the guest has it. */
const toolErrorText = `
export declare class ToolError extends Error {
  constructor(message: string, details: ToolErrorDetails);
  readonly server: string;
  readonly tool: string;
  readonly args: any;
  readonly kind: string;
  readonly retrySafe: "yes" | "no" | "unknown";
  readonly hint: string | undefined;
  readonly content: any;
}
`;

/** Makes the description when it is asked for, and gives the same object again as long as nothing has changed. */
export class CheckedApi {
  readonly #servers: () => readonly CatalogServer[];
  readonly #compiler: TypeCompiler;
  #described: readonly CatalogServer[] | undefined;
  #toolsTyped = 0;
  #toolsUntyped = 0;
  #description: ApiDescription | undefined;

  constructor(servers: () => readonly CatalogServer[], compiler: TypeCompiler) {
    this.#servers = servers;
    this.#compiler = compiler;
  }

  /**
   * The servers as they are now. Types that are not made within `msMax` accept anything; those of `needed` come first.
   * Never rejects.
   */
  async describe(needed: readonly Tool[], msMax: number): Promise<ApiDescription> {
    const servers = this.#servers();
    if (this.#description && this.#described === servers && this.#toolsUntyped === 0)
      return this.#description;
    const tools = servers.flatMap((server) => server.tools);
    const wanted = this.#compiler.typesOf(needed, { isWaitedFor: true });
    void wanted.then(() => this.#compiler.typesOf(tools));
    await settledWithin(wanted, msMax);
    const types = this.#compiler.knownTypes(tools);
    if (this.#description && this.#described === servers && types.size === this.#toolsTyped)
      return this.#description;
    this.#described = servers;
    this.#toolsTyped = types.size;
    this.#toolsUntyped = tools.length - types.size;
    this.#description = describeApi(servers, types);
    return this.#description;
  }
}

async function settledWithin(work: Promise<unknown>, msMax: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, msMax);
  });
  await Promise.race([work, tooLate]);
  clearTimeout(timer);
}

/** Deterministic, whatever order the servers come in. */
export function describeApi(servers: readonly CatalogServer[], types: TypesByTool): ApiDescription {
  const used = new Set<string>([...fixedTypeNames, unstructuredResult]);
  const sorted = servers.toSorted((a, b) => (a.identifier < b.identifier ? -1 : 1));
  const names = sorted.map((server) => unusedName(`${pascalCase(server.identifier)}Api`, used));
  const interfaces = new Map<string, CatalogServer>();
  let declarations = `${fixedTypes}${toolErrorText}`;
  let values = 'ToolError';
  for (const [index, server] of sorted.entries()) {
    const name = names[index] ?? '';
    interfaces.set(name, server);
    declarations += renderServer(server, name, types, used);
    for (const value of [server.identifier, ...server.tools.map(({ flatName }) => flatName)])
      values += ` ${value}`;
  }
  const globals = [
    ...values.split(' ').map((value) => `var ${value}: typeof api.${value};`),
    ...[...used]
      .sort()
      .map((type) => `type ${type}${parametersOf(type)} = api.${type}${parametersOf(type)};`),
  ];
  return {
    declarations,
    globals: `import type * as api from "./unified_api.d.ts";\ndeclare global {\n${globals.join('\n')}\n}\n`,
    interfaces,
    servers: sorted,
    callOf: (tool) => renderCall(tool, types),
  };
}

/** Of the types, only these two have parameters. */
function parametersOf(type: string): string {
  return type === 'Tool' || type === 'OptionalTool' ? '<Arguments, Result>' : '';
}

/** What a schema leaves open is typed as the whole result is where there is no schema: honest scripts need no casts. */
function anyForUnknown(type: string): string {
  return type.replace(/"(?:[^"\\]|\\.)*"|\bunknown\b(?!\??:)/g, (found) =>
    found === 'unknown' ? 'any' : found,
  );
}

function renderServer(server: CatalogServer, name: string, types: TypesByTool, used: Set<string>): string {
  let subTypes = '';
  let members = '';
  let flat = '';
  for (const tool of server.tools.toSorted((a, b) => (a.identifier < b.identifier ? -1 : 1))) {
    const texts = toolTexts(tool, types, used);
    const [args, result, named] = [texts.args, texts.result, texts.subTypes].map(anyForUnknown);
    members += `${tool.identifier}: ${texts.optional ? 'OptionalTool' : 'Tool'}<${args}, ${result}>;\n`;
    if (tool.name !== tool.identifier)
      members += `${quote(tool.name)}: ${name}[${quote(tool.identifier)}];\n`;
    subTypes += named;
    flat += `export declare const ${tool.flatName}: ${name}[${quote(tool.identifier)}];\n`;
  }
  // What its tools are is not known: the call says why.
  if (server.tools.length === 0 && server.status !== 'ready' && server.status !== 'cached')
    members += '[tool: string]: OptionalTool<any, any>;\n';
  return `${subTypes}export interface ${name} {\n${members}}\nexport declare const ${server.identifier}: ${name};\n${flat}`;
}
