/** Windsurf. */
import { type Client, joined, plainEntry } from './client.ts';

export const windsurf: Client = {
  name: 'windsurf',
  title: 'Windsurf',
  files: (machine) => [
    { path: joined(machine, machine.home, '.codeium', 'windsurf', 'mcp_config.json'), scope: 'user' },
  ],
  syntax: 'json',
  comments: false,
  serversKey: 'mcpServers',
  stdioEntry: plainEntry,
  dialect: {},
};
