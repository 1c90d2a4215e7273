/** Claude Code. */
import { type Client, joined, usual } from './client.ts';

export const claudeCode: Client = {
  ...usual,
  name: 'claude-code',
  title: 'Claude Code',
  files: (machine) => [
    { path: joined(machine, machine.directory, '.mcp.json'), scope: 'project' },
    { path: joined(machine, machine.home, '.claude.json'), scope: 'user' },
  ],
  stdioEntry: (command, args) => ({ type: 'stdio', command, args }),
  dialect: { timeout: 'ms' },
};
