/** A call that failed: as an error of ours, and as the script is told of it. */
import type { ToolFailure } from '../../sandbox/protocol.ts';
import type { JsonObject, Tool } from '../catalog/tool.ts';
import type { Redact } from '../downstream/problem.ts';
import { OrchestratorError } from '../errors.ts';
import { errorText } from './unwrap-result.ts';

const messageCharactersMax = 4_000;
const contentCharactersMax = 100_000;

/** The server carried the call out and says that it failed. */
export class ToolFailedError extends OrchestratorError {
  /** The content blocks of the answer. */
  readonly content: unknown;

  /** @param redact hides what is secret in the server's entry: servers like to name the key that they refuse */
  constructor(tool: Tool, result: JsonObject, redact: Redact = (text) => text) {
    super('tool_failed', `${addressOf(tool)} failed: ${redact(errorText(result, messageCharactersMax))}`, {
      retrySafe: tool.repeatable ? 'yes' : 'unknown',
      server: tool.server,
      tool: tool.name,
    });
    this.content = contentOf(result, redact);
  }
}

/** What the script is told of a call that failed. */
export function toolFailure(
  error: unknown,
  { server, tool }: { readonly server: string; readonly tool: string },
): ToolFailure {
  if (!(error instanceof OrchestratorError)) {
    return {
      message: 'The orchestrator failed by a fault of its own; its log says more.',
      kind: 'sandbox_failed',
      server,
      tool,
      retrySafe: 'unknown',
    };
  }
  return {
    message: error.message,
    kind: error.code,
    server: error.server ?? server,
    tool: error.tool ?? tool,
    retrySafe: error.retrySafe ?? 'unknown',
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.path !== undefined && { path: error.path }),
    ...(error instanceof ToolFailedError && { content: error.content }),
  };
}

/** The blocks of a failure, where they can be passed on. */
function contentOf({ content }: JsonObject, redact: Redact): unknown {
  try {
    if (JSON.stringify(content).length > contentCharactersMax) return undefined;
    if (!Array.isArray(content)) return content;
    return content.map((block) =>
      typeof block?.text === 'string' ? { ...block, text: redact(block.text) } : block,
    );
  } catch {
    return undefined;
  }
}

/** As scripts write it. */
export function addressOf(tool: Tool): string {
  return `${tool.serverIdentifier}.${tool.identifier}`;
}
