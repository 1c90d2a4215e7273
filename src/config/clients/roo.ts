/** Roo Code, and Kilo Code, which is made of it. */
import { type Client, type ClientFile, codeFolders, joined, type Machine, usual } from './client.ts';

const extensions = ['rooveterinaryinc.roo-cline', 'kilocode.kilo-code'];

export const roo: Client = {
  ...usual,
  name: 'roo',
  title: 'Roo Code and Kilo Code',
  files: (machine) => [
    { path: joined(machine, machine.directory, '.roo', 'mcp.json'), scope: 'project' },
    { path: joined(machine, machine.directory, '.kilocode', 'mcp.json'), scope: 'project' },
    ...codeFolders(machine).flatMap((folder) => extensions.map((one) => userFile(machine, folder, one))),
  ],
  dialect: { timeout: 's' },
};

function userFile(machine: Machine, folder: string, extension: string): ClientFile {
  const path = joined(machine, folder, 'globalStorage', extension, 'settings', 'mcp_settings.json');
  return { path, scope: 'user' };
}
