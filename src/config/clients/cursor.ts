/** Cursor. */
import { type Client, projectAndUser, usual } from './client.ts';

export const cursor: Client = {
  ...usual,
  name: 'cursor',
  title: 'Cursor',
  files: projectAndUser('.cursor', 'mcp.json'),
};
