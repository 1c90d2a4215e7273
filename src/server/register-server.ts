/** `register_server`: one more server, at once and for all clients. */
import * as z from 'zod';
import type { Config } from '../config/types.ts';
import { OrchestratorError } from '../errors.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { type ServerRow, serverRow } from './list-servers.ts';
import { answer, defineTool, failure } from './tool.ts';

/** Over HTTP only where the configuration says so. */
export function mayRegister({ registration, transport }: Config): boolean {
  return registration.allow ?? transport === 'stdio';
}

/** `config`: into the user's file, or out of it. */
export const persistSchema = z.enum(['config']).optional();

export const registerServer = defineTool({
  name: 'register_server',
  description: 'Add a server: its keys as in mcpServers',
  input: z.looseObject({ name: z.string(), persist: persistSchema }),
  scope: 'admin',
  async handle({ name, persist, ...entry }, view, context, caller) {
    try {
      refuseElsewhere(view.config);
      return answer(
        await register(
          { name, persist, entry, principal: caller.principal },
          { view, signal: context.mcpReq.signal },
        ),
      );
    } catch (error) {
      return failure(error);
    }
  },
});

export interface Registered extends ServerRow {
  readonly warnings?: readonly string[];
  /** How long it stays. */
  readonly kept: string;
}

/** Registers it and asks it for its tools; that it does not answer is no failure, its row says so. */
export async function register(
  request: Parameters<OrchestratorView['servers']['register']>[0],
  { view, signal }: { view: OrchestratorView; signal: AbortSignal },
): Promise<Registered> {
  const { catalog, servers } = view;
  const { warnings } = await servers.register(request);
  await catalog.firstAnswers(view.config.limits.connectMsMax, request.name, signal);
  const server = catalog.server(request.name);
  if (!server) {
    throw new OrchestratorError(
      'server_unknown',
      `Server "${request.name}" was registered, but your profile does not show it.`,
    );
  }
  return {
    ...serverRow(server, catalog, servers.originOf(request.name) ?? 'runtime'),
    ...(warnings.length > 0 && { warnings }),
    kept: request.persist === 'config' ? 'in the configuration file' : keptUntil(servers.keeps),
  };
}

function keptUntil(keeps: 'process' | 'storage'): string {
  return keeps === 'storage' ? 'in the storage' : 'until this process ends (the storage is memory)';
}

/** A server of ours may live longer than what the configuration said when it was made. */
export function refuseElsewhere(config: Config): void {
  if (mayRegister(config)) return;
  throw new OrchestratorError('arguments_invalid', 'Servers cannot be registered or removed here.', {
    hint: 'The operator allows it by orchestrator.allow_runtime_registration.',
  });
}
