/** Cline: an extension of VS Code; its command line has a folder of its own. */
import { type Client, codeFolders, joined, plainEntry } from './client.ts';

export const cline: Client = {
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
  syntax: 'json',
  comments: false,
  serversKey: 'mcpServers',
  stdioEntry: plainEntry,
  dialect: { timeout: 's' },
};
