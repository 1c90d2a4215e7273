/** Cline: an extension of VS Code; its command line has a folder of its own. */
import { type Client, codeFolders, joined, usual } from './client.ts';

export const cline: Client = {
  ...usual,
  name: 'cline',
  title: 'Cline',
  files: (machine) => [
    ...codeFolders(machine).map((folder) => ({
      path: joined(
        machine,
        folder,
        'globalStorage',
        'saoudrizwan.claude-dev',
        'settings',
        'cline_mcp_settings.json',
      ),
      scope: 'user' as const,
    })),
    {
      path: joined(machine, machine.home, '.cline', 'data', 'settings', 'cline_mcp_settings.json'),
      scope: 'user',
    },
  ],
  dialect: { timeout: 's' },
};
