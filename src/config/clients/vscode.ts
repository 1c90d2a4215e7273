/** VS Code: `servers` instead of `mcpServers`, with `inputs` that it asks its user for. */
import { type Client, codeFolders, joined, usual } from './client.ts';

export const vscode: Client = {
  ...usual,
  name: 'vscode',
  title: 'VS Code',
  files: (machine) => [
    { path: joined(machine, machine.directory, '.vscode', 'mcp.json'), scope: 'project' },
    ...codeFolders(machine).map((folder) => ({
      path: joined(machine, folder, 'mcp.json'),
      scope: 'user' as const,
    })),
  ],
  comments: true,
  serversKey: 'servers',
  stdioEntry: (command, args) => ({ type: 'stdio', command, args }),
};
