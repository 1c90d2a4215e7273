/** Gemini CLI: `url` is SSE, `httpUrl` Streamable HTTP. */
import { type Client, projectAndUser, usual } from './client.ts';

export const gemini: Client = {
  ...usual,
  name: 'gemini',
  title: 'Gemini CLI',
  files: projectAndUser('.gemini', 'settings.json'),
  comments: true,
  dialect: { timeout: 'ms', urlIsSse: true, bareVariables: true },
};
