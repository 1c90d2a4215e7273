/** Every client whose files can be read and written. */
import { claudeCode } from './claude-code.ts';
import { claudeDesktop } from './claude-desktop.ts';
import type { Client } from './client.ts';
import { cline } from './cline.ts';
import { codex } from './codex.ts';
import { cursor } from './cursor.ts';
import { gemini } from './gemini.ts';
import { roo } from './roo.ts';
import { vscode } from './vscode.ts';
import { windsurf } from './windsurf.ts';

export const knownClients: readonly Client[] = [
  claudeDesktop,
  claudeCode,
  cursor,
  vscode,
  cline,
  roo,
  windsurf,
  gemini,
  codex,
];
