/** Cursor. */
import { type Client, joined, plainEntry } from './client.ts';

export const cursor: Client = {
  name: 'cursor',
  title: 'Cursor',
  files: (machine) => [
    { path: joined(machine, machine.directory, '.cursor', 'mcp.json'), scope: 'project' },
    { path: joined(machine, machine.home, '.cursor', 'mcp.json'), scope: 'user' },
  ],
  syntax: 'json',
  comments: false,
  serversKey: 'mcpServers',
  stdioEntry: plainEntry,
  dialect: {},
};
