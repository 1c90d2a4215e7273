/** A server entry that came at runtime: read as one of the file, but it sees only the variables that it may. */
import type { ConfigDocument } from './document.ts';
import { readServer } from './server.ts';
import type { ServerContext } from './server-fields.ts';
import type { EntryReading } from './types.ts';

export interface RuntimeContext extends Omit<ServerContext, 'document'> {
  readonly mayUse: (variable: string) => boolean;
}

const folderVariables = ['workspaceFolder', 'workspaceFolderBasename', 'userHome', 'pathSeparator'];

/** By the rules of the file's entries. Never throws: what is wrong is in the reading. */
export function readRuntimeEntry(name: string, value: unknown, context: RuntimeContext): EntryReading {
  const { mayUse, scope, ...rest } = context;
  const refused = [...variablesIn(value)].filter(
    (variable) => !folderVariables.includes(variable) && !mayUse(variable),
  );
  if (refused.length > 0) {
    const names = refused.map((variable) => `\${${variable}}`).join(', ');
    return {
      problem: `The entry uses ${names}, which entries registered at runtime may not. Name it in orchestrator.allowed_variables, or write the entry into the configuration file.`,
    };
  }
  const seen = Object.entries(scope.environment).filter(([variable]) => mayUse(variable));
  const document: ConfigDocument = {
    file: 'the entry',
    value: undefined,
    problems: [],
    warnings: [],
    at: () => 'the entry',
  };
  const warnings: string[] = [];
  const server = readServer(
    { name, path: [name], value, fromArray: false },
    name,
    { ...rest, document, scope: { ...scope, environment: Object.fromEntries(seen) } },
    (text) => void warnings.push(text),
  );
  // A misspelt key is often why another one is missed.
  if ('status' in server) return { problem: [server.reason, ...warnings].join(' ') };
  if (server.transport === 'stdio' || server.auth?.type !== 'oauth') return { server, warnings };
  const { auth } = server;
  return { server: { ...server, auth: { ...auth, isRuntime: true } }, warnings };
}

/** Every variable that a text of the value names, at any depth. */
function variablesIn(value: unknown): Set<string> {
  const texts = JSON.stringify(value) ?? '';
  return new Set([...texts.matchAll(/(?<!\$)\$\{(?:env:)?([^{}:]+)/g)].map(([, variable]) => variable ?? ''));
}
