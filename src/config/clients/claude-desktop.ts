/** Claude Desktop. */
import { type Client, joined, settingsFolder, usual } from './client.ts';

export const claudeDesktop: Client = {
  ...usual,
  name: 'claude-desktop',
  title: 'Claude Desktop',
  files: (machine) => [
    { path: joined(machine, settingsFolder(machine), 'Claude', 'claude_desktop_config.json'), scope: 'user' },
  ],
};
