/** Claude Desktop. */
import { type Client, joined, plainEntry, settingsFolder } from './client.ts';

export const claudeDesktop: Client = {
  name: 'claude-desktop',
  title: 'Claude Desktop',
  files: (machine) => [
    { path: joined(machine, settingsFolder(machine), 'Claude', 'claude_desktop_config.json'), scope: 'user' },
  ],
  syntax: 'json',
  comments: false,
  serversKey: 'mcpServers',
  stdioEntry: plainEntry,
  dialect: {},
};
