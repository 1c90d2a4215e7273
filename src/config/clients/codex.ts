/** Codex: TOML, with names of its own for most things. */
import { type Client, joined, usual } from './client.ts';

export const codex: Client = {
  ...usual,
  name: 'codex',
  title: 'Codex',
  files: (machine) => [
    { path: joined(machine, machine.directory, '.codex', 'config.toml'), scope: 'project' },
    {
      path: joined(
        machine,
        machine.environment.CODEX_HOME || joined(machine, machine.home, '.codex'),
        'config.toml',
      ),
      scope: 'user',
    },
  ],
  syntax: 'toml',
  comments: true,
  serversKey: 'mcp_servers',
};
