/** The catalogue and the types of its tools -> the text of generated/unified_api.ts. */

import { reservedToolNames } from '../catalog/names.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { type TypesByTool, toolComment, toolTexts, unstructuredResult } from './declarations.ts';
import { commentText, jsDoc, pascalCase, quote, unusedName } from './text.ts';
import { fixedPart, fixedTypeNames } from './unified-api-runtime.ts';

/**
 * A module that compiles alone and that plain Node runs. Deterministic: sorted, without a date or a path.
 * What servers wrote stands only in types, comments and string literals; what runs is `fixedPart` and calls of
 * it with our own identifiers.
 */
export function renderUnifiedApi(servers: readonly CatalogServer[], types: TypesByTool): string {
  const used = new Set<string>([...fixedTypeNames, unstructuredResult]);
  const sorted = servers.toSorted((a, b) => compare(a.identifier, b.identifier));
  // The interfaces come first to their names, so that no tool's sub-type can change them.
  const interfaces = sorted.map((server) => unusedName(`${pascalCase(server.identifier)}Api`, used));
  const rendered = sorted.map((server, index) => renderServer(server, interfaces[index] ?? '', types, used));
  return `${fixedPart}\n${rendered.join('\n')}`;
}

function renderServer(server: CatalogServer, name: string, types: TypesByTool, used: Set<string>): string {
  const { identifier } = server;
  const tools = server.tools.toSorted((a, b) => compare(a.identifier, b.identifier));
  let subTypes = '';
  let members = '';
  let flat = '';
  for (const tool of tools) {
    const texts = toolTexts(tool, types, used);
    const kind = texts.optional ? 'OptionalTool' : 'Tool';
    members += `${toolComment(tool, types, '  ')}  ${tool.identifier}: ${kind}<${indented(texts.args)}, ${indented(texts.result)}>;\n`;
    if (tool.name !== tool.identifier && !reservedToolNames.has(tool.name)) {
      members += `  ${quote(tool.name)}: ${name}[${quote(tool.identifier)}];\n`;
    }
    subTypes += texts.subTypes;
    flat += `export const ${tool.flatName}: ${name}[${quote(tool.identifier)}] = ${identifier}.${tool.identifier};\n`;
  }
  const about = [
    `Server ${quote(server.name.slice(0, 200))}.`,
    tools.length === 0 ? 'No tool of it is known.' : '',
    commentText(server.instructions ?? '', 1_000),
  ];
  const comment = jsDoc(commentText(about.filter((line) => line !== '').join('\n'), 1_500), '');
  return `${subTypes}${comment}export interface ${name} {\n${members}}\nexport const ${identifier}: ${name} = $server<${name}>(${quote(identifier)});\n${flat}`;
}

function indented(type: string): string {
  return type.replaceAll('\n', '\n  ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
