/** Headers that repeat arguments (`Mcp-Param-*`, revision 2026-07-28): what routes by them must be told what the tool is. */
import type { IncomingHttpHeaders } from 'node:http';
import { paramHeaderDeclarations, paramHeaderMismatch } from '../../downstream/param-headers.ts';
import type { OrchestratorView } from '../../orchestrator.ts';
import { toolsByName } from '../direct-tools.ts';
import { HttpProblem } from './answers.ts';
import { modernVersion } from './plain-call.ts';

const headerMismatch = -32_020;

/**
 * @param view of the client, with the servers' tools as tools of ours
 * @throws HttpProblem 400 where a call of a tool that asks for such headers comes without, or with others
 */
export async function checkParamHeaders(
  headers: IncomingHttpHeaders,
  body: unknown,
  view: () => Promise<OrchestratorView>,
): Promise<void> {
  const { method, params } = (body ?? {}) as { method?: unknown; params?: { [key: string]: unknown } };
  if (method !== 'tools/call' || headers['mcp-protocol-version'] !== modernVersion) return;
  const { name, arguments: args } = params ?? {};
  if (typeof name !== 'string' || typeof args !== 'object' || args === null) return;
  const tool = toolsByName(await view()).get(name);
  const declarations = paramHeaderDeclarations(tool?.definition.inputSchema);
  if (declarations.length === 0) return;
  const mismatch = paramHeaderMismatch(declarations, args, (header) => {
    const value = headers[header];
    return Array.isArray(value) ? value.join(', ') : value;
  });
  if (mismatch === undefined) return;
  throw new HttpProblem(400, `Headers and body disagree: ${mismatch}.`, {
    code: headerMismatch,
    hint: 'The tool names its headers in inputSchema (x-mcp-header).',
  });
}
