/** The process's own surroundings, read here and handed on, so that no other room looks at them. */
import { createRequire } from 'node:module';

/** What a stdio server may see of our environment: enough to find programs and folders, no credentials. */
export const harmlessVariables: readonly string[] = [
  ...[
    'HOME',
    'LOGNAME',
    'PATH',
    'SHELL',
    'TERM',
    'USER',
    'LANG',
    'LC_ALL',
    'TZ',
    'TMPDIR',
    'XDG_RUNTIME_DIR',
  ],
  // Paths of certificates: behind a proxy that opens TLS, npx and uvx reach nothing without them.
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_DIR', 'SSL_CERT_FILE'],
  ...[
    'APPDATA',
    'COMSPEC',
    'HOMEDRIVE',
    'HOMEPATH',
    'LOCALAPPDATA',
    'PATHEXT',
    'PROCESSOR_ARCHITECTURE',
    'PROGRAMFILES',
  ],
  ...['SYSTEMDRIVE', 'SYSTEMROOT', 'TEMP', 'TMP', 'USERNAME', 'USERPROFILE', 'WINDIR'],
];

/** The environment every stdio server starts with, before its own `env`. */
export function serverEnvironment(): Record<string, string> {
  const own = harmlessVariables.map((name) => [name, process.env[name]] as const);
  // A value that defines a shell function is code.
  return Object.fromEntries(
    own.filter((pair): pair is [string, string] => pair[1] !== undefined && !pair[1].startsWith('()')),
  );
}

/** For loading the configuration. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** This package's version. */
export function packageVersion(): string {
  return createRequire(import.meta.url)('mcp-tools-orchestrator/package.json').version;
}
