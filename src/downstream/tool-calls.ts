/** `tools/call` of one server: bounded, in as many rounds as it asks for, with the headers that it wants. */
import type { ServerConfig } from '../config/types.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { CallUnderWay } from './call-clock.ts';
import { CallClock } from './call-clock.ts';
import { type Caller, localCaller } from './caller.ts';
import { readList } from './lists.ts';
import { paramHeaderDeclarations, paramHeaders } from './param-headers.ts';
import { cleanText } from './problem.ts';
import { completed, hasResultType, inRounds, type RoundsOptions } from './rounds.ts';
import type { JsonObject, Progress, RequestOptions, Session } from './session.ts';

export interface ToolCallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly repeatable: boolean;
  readonly caller?: Caller | undefined;
}

/** Error code of protocol revision 2026-07-28: a header that repeats an argument is missing. */
const headerMismatch = -32_020;

export class ToolCalls {
  readonly #config: ServerConfig;
  readonly #limits: Limits;
  /** `inputSchema`s by tool, kept only where headers have to be made from them. */
  #schemas = new Map<string, unknown>();

  constructor(config: ServerConfig, limits: Limits) {
    this.#config = config;
    this.#limits = limits;
  }

  /** Keeps what calls need of the definitions. */
  remember(tools: readonly unknown[]): void {
    const named = tools.filter((tool): tool is { name: string; inputSchema?: unknown } => {
      return typeof tool === 'object' && tool !== null && 'name' in tool && typeof tool.name === 'string';
    });
    this.#schemas = new Map(named.map((tool) => [tool.name, tool.inputSchema]));
  }

  /** @throws OrchestratorError, or whatever `Session.request` throws */
  call(
    session: Session,
    { name, args }: { name: string; args: Record<string, unknown> },
    how: ToolCallOptions,
  ): Promise<JsonObject> {
    const { signal, onProgress, caller = localCaller } = how;
    const call = { caller, clock: new CallClock() };
    const timeoutMs = this.#config.callMsMax;
    const options = { timeoutMs, totalMsMax: this.#limits.callMsMax, signal, onProgress, call };
    const params = { name, arguments: args };
    if (!session.stdio) return this.#overHttp(session, params, { name, args, options, how });
    // The size of messages over stdio is compared where they are read.
    return session.callTool(params, options).then((result) => {
      if (!hasResultType(result)) return result;
      const rounds = this.#rounds(session, call, { name, how });
      return completed(result, params, rounds, (more) => session.callTool(more, options));
    });
  }

  async #overHttp(
    session: Session,
    params: JsonObject,
    {
      name,
      args,
      options,
      how,
    }: { name: string; args: object; options: RequestOptions; how: ToolCallOptions },
  ): Promise<JsonObject> {
    const call = options.call as CallUnderWay;
    const result = await inRounds(params, this.#rounds(session, call, { name, how }), (message) =>
      session.wantsParamHeaders
        ? this.#withHeaders(session, message, { name, args, options })
        : session.callTool(message, options),
    );
    this.#checkSize(name, result, how.repeatable);
    return result;
  }

  #rounds(
    session: Session,
    call: CallUnderWay,
    { name, how: { signal, repeatable } }: { name: string; how: ToolCallOptions },
  ): RoundsOptions {
    return {
      ...{ session, call, limits: this.#limits, signal, tool: name },
      what: () => this.#nameOf(name),
      server: this.#config.name,
      retrySafe: repeatable ? 'yes' : 'unknown',
    };
  }

  async #withHeaders(
    session: Session,
    params: JsonObject,
    { name, args, options }: { name: string; args: object; options: RequestOptions },
  ): Promise<JsonObject> {
    const send = () => {
      const declarations = paramHeaderDeclarations(this.#schemas.get(name));
      const headers = declarations.length === 0 ? undefined : paramHeaders(declarations, args);
      return session.callTool(params, { ...options, headers });
    };
    return send().catch(async (thrown: unknown) => {
      const isMismatch = thrown instanceof Error && 'code' in thrown && thrown.code === headerMismatch;
      if (!isMismatch) throw thrown;
      // Refused unread, because the server wants headers that we do not know of yet.
      this.remember((await readList(session, 'tools', { config: this.#config, limits: this.#limits })).items);
      return send();
    });
  }

  #checkSize(tool: string, result: JsonObject, repeatable: boolean): void {
    const { toolResultBytesMax } = this.#limits;
    const bytes = Buffer.byteLength(JSON.stringify(result));
    if (bytes <= toolResultBytesMax) return;
    const message = `${this.#nameOf(tool)}: the result is too large: ${bytes} bytes; at most ${toolResultBytesMax} (toolResultBytesMax)`;
    throw new OrchestratorError('result_too_large', message, {
      hint: 'The call was carried out. Ask the tool for less, or raise limits.toolResultBytesMax.',
      retrySafe: repeatable ? 'yes' : 'no',
      server: this.#config.name,
      tool,
    });
  }

  #nameOf(tool: string): string {
    return `tool "${cleanText(tool, 128)}" of server "${this.#config.name}"`;
  }
}
