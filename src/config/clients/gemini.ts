/** Gemini CLI: `url` is SSE, `httpUrl` Streamable HTTP. */
import { type Client, joined, plainEntry } from './client.ts';

export const gemini: Client = {
  name: 'gemini',
  title: 'Gemini CLI',
  files: (machine) => [
    { path: joined(machine, machine.directory, '.gemini', 'settings.json'), scope: 'project' },
    { path: joined(machine, machine.home, '.gemini', 'settings.json'), scope: 'user' },
  ],
  syntax: 'json',
  comments: true,
  serversKey: 'mcpServers',
  stdioEntry: plainEntry,
  dialect: { timeout: 'ms', urlIsSse: true, bareVariables: true },
};
