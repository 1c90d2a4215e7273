/** Windsurf. */
import { type Client, joined, usual } from './client.ts';

export const windsurf: Client = {
  ...usual,
  name: 'windsurf',
  title: 'Windsurf',
  files: (machine) => [
    { path: joined(machine, machine.home, '.codeium', 'windsurf', 'mcp_config.json'), scope: 'user' },
  ],
};
