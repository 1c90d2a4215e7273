/** `remove_server`: one server less, at once and for all clients. */
import * as z from 'zod';
import { persistSchema, refuseElsewhere } from './register-server.ts';
import { answer, defineTool, failure } from './tool.ts';

export const removeServer = defineTool({
  name: 'remove_server',
  description: 'Remove a server',
  input: z.object({ name: z.string(), persist: persistSchema }),
  scope: 'admin',
  async handle({ name, persist }, { catalog, servers, config }) {
    try {
      refuseElsewhere(config);
      // Scripts' names are taken too, as everywhere.
      const own = catalog.server(name)?.name ?? name;
      await servers.remove(own, persist);
      return answer({ removed: own, servers: catalog.servers().length });
    } catch (error) {
      return failure(error);
    }
  },
});
