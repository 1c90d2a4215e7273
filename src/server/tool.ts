/** What the files of this folder have in common: one MCP tool of ours, by its schemas and its handler. */
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { Caller } from '../downstream/caller.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import type { Scope } from './access.ts';

export interface OurTool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly input: Input;
  /** Of structured content, where its shape is worth its characters. */
  readonly output?: z.ZodObject;
  /** Absent for a tool that may do anything, which is what clients then assume. */
  readonly annotations?: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint?: boolean;
    readonly idempotentHint?: boolean;
    readonly openWorldHint?: boolean;
  };
  /** The argument whose text names the servers that a call will want. */
  readonly namesServersIn?: string;
  /** A client may have it done as a task. */
  readonly isLong?: true;
  /** What a client's token must allow; where absent, `read` for a tool that only reads and `run` for any other. */
  readonly scope?: Scope;
  /** @param caller on whose behalf whatever it asks of servers is asked */
  handle(
    args: z.infer<Input>,
    orchestrator: OrchestratorView,
    context: ServerContext,
    caller: Caller,
  ): Promise<ToolAnswer>;
  /** Where clients see the servers' tools beside ours: the answer with the names that they see, by `server__tool`. */
  inExposedNames?(answer: ToolAnswer, names: ReadonlyMap<string, string>): ToolAnswer;
}

/** A result of `tools/call`: ours, or another server's with whatever is in it. */
export type ToolAnswer = { [key: string]: unknown };

/** Its own; else `read` for what only reads, and `run` for the rest. */
export function scopeOf({ scope, annotations }: Pick<OurTool, 'scope' | 'annotations'>): Scope {
  return scope ?? (annotations?.readOnlyHint ? 'read' : 'run');
}

/** Keeps the argument's type tied to the schema. */
export function defineTool<Input extends z.ZodObject>(tool: OurTool<Input>): OurTool {
  return tool as unknown as OurTool;
}

/** An answer in both forms: some hosts show only one of them. */
export function answer(structured: object, text = JSON.stringify(structured)): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: structured as Record<string, unknown> };
}

/** A failure as a tool result, so that the model reads it. */
export function failure(thrown: unknown): CallToolResult {
  const hint = thrown instanceof OrchestratorError && thrown.hint !== undefined ? ` ${thrown.hint}` : '';
  return { content: [{ type: 'text', text: `${messageOf(thrown)}${hint}` }], isError: true };
}
