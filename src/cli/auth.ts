/** `auth login|logout|status`: by what servers know us. */
import { nearestNames } from '../catalog/names.ts';
import type { Config, HttpServerConfig, ServerConfig } from '../config/types.ts';
import { AuthError } from '../downstream/auth/auth-error.ts';
import { logIn } from '../downstream/auth/login.ts';
import { type LoginState, loginState, logOut, stateOf } from '../downstream/auth/login-state.ts';
import type { OAuthServer } from '../downstream/auth/token-file.ts';
import { createRedact } from '../downstream/problem.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { ServerRegistry } from '../registry/registry.ts';
import { openStorage } from '../storage/open.ts';
import { printable } from '../text.ts';
import { openBrowser } from './browser.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, interruptSignal, loadSettings } from './session.ts';
import { paint } from './terminal.ts';

interface AuthOptions extends CommonOptions {
  readonly json?: boolean;
}

/** `auth login NAME`. @throws OrchestratorError where there is no such login, or it was not completed */
export async function login(
  name: string,
  options: AuthOptions & { readonly browser: boolean; readonly url?: string },
): Promise<void> {
  const config = await loadWithRegistered(options);
  const server = oauthServer(name, withNamed(name, options.url, config));
  const signal = interruptSignal();
  const { limits } = config;
  try {
    const kept = await logIn(server, { limits, signal, show: (url) => show(url, options.browser) });
    const state = stateOf(kept);
    if (server.auth.keyStore !== 'off') warnOfPlain(state);
    if (options.json) printJson({ server: server.name, ...state });
    else process.stdout.write(`logged in to ${printable(server.name, process.stdout)}${told(state)}\n`);
  } catch (error) {
    if (!signal.aborted) throw inWords(error, server);
    process.exitCode = exitCodes.interrupted;
  }
}

/**
 * `auth logout NAME`; no failure where there was no login.
 *
 * @throws OrchestratorError where there can be none
 */
export async function logout(name: string, options: AuthOptions & { readonly url?: string }): Promise<void> {
  const config = await loadWithRegistered(options);
  const server = oauthServer(name, withNamed(name, options.url, config));
  const done = await logOut(server, config.limits);
  if (options.json) return printJson({ server: server.name, ...done });
  const text = done.removed
    ? `logged out of ${server.name}${done.revoked ? ', its tokens are revoked' : ''}`
    : `you were not logged in to ${server.name}`;
  process.stdout.write(`${printable(text, process.stdout)}\n`);
}

/** `auth status [NAME]`. Asks no server. @throws OrchestratorError `server_unknown` */
export async function status(only: string | undefined, options: AuthOptions): Promise<void> {
  const config = await loadWithRegistered(options);
  const servers = only === undefined ? config.servers : [serverNamed(only, config.servers)];
  const rows = await Promise.all(servers.filter(isHttp).map((server) => rowOf(server, config.limits)));
  if (options.json) return printJson({ servers: rows });
  for (const row of rows) printRow(row);
  if (rows.length === 0) process.stdout.write('no server is reached over HTTP\n');
}

/** The configuration with the servers that were registered at runtime, as far as they are in a storage. */
async function loadWithRegistered(options: AuthOptions): Promise<Config> {
  const { config, log } = await loadSettings(options);
  if (config.storage.driver === 'memory') return config;
  const storage = await openStorage(config.storage, { limits: config.limits, log });
  try {
    return (await ServerRegistry.open({ config, storage, log })).config;
  } finally {
    await storage.close();
  }
}

/** Also one that only a running process knows, by the address that its error names. */
function withNamed(
  name: string,
  url: string | undefined,
  { servers, source }: Config,
): readonly ServerConfig[] {
  if (url === undefined) return servers;
  const known = servers.find((server) => server.name === name);
  if (known && isHttp(known) && known.url === url) return servers;
  if (known) {
    const at = isHttp(known) ? new URL(known.url).host : 'this machine, started by "command"';
    throw new OrchestratorError('arguments_invalid', `There is another server "${name}" already, at ${at}.`, {
      hint: 'Leave --url out to mean that one.',
    });
  }
  const read = source?.readEntry(name, { url }, () => false);
  if (read && 'server' in read) return [...servers, read.server];
  throw new OrchestratorError('arguments_invalid', `--url cannot be used: ${read?.problem}`);
}

interface Row extends Partial<Omit<LoginState, 'status'>> {
  readonly server: string;
  /** The type of its `auth`, `headers`, or `none`. */
  readonly auth: string;
  /** `configured` where the configuration says it all; `open` where nothing is sent unless the server asks for a login. */
  readonly status: LoginState['status'] | 'configured' | 'open';
}

async function rowOf(server: HttpServerConfig, limits: Limits): Promise<Row> {
  const { name, auth, headers } = server;
  if (!auth) {
    const hasHeaders = Object.keys(headers).length > 0;
    return { server: name, auth: hasHeaders ? 'headers' : 'none', status: 'configured' };
  }
  if (!isOAuth(server)) return { server: name, auth: auth.type, status: 'configured' };
  const state = await loginState(server, limits);
  const isOpen = server.auth.isImplied && state.status === 'not_logged_in' && !state.problem;
  return { server: name, auth: isOpen ? 'none' : 'oauth', ...state, ...(isOpen && { status: 'open' }) };
}

function oauthServer(name: string, servers: readonly ServerConfig[]): OAuthServer {
  const server = serverNamed(name, servers);
  if (isHttp(server) && isOAuth(server)) return server;
  const why = !isHttp(server)
    ? 'is no HTTP server: it is started here, and gets what it needs by "env"'
    : `is known to by ${server.auth ? `"auth" of type "${server.auth.type}"` : 'its "headers"'}`;
  throw new OrchestratorError('arguments_invalid', `There is no login to "${server.name}": it ${why}.`, {
    hint: 'Logins are for servers with "auth": { "type": "oauth" }, and for HTTP servers without credentials in "headers".',
  });
}

function serverNamed(name: string, servers: readonly ServerConfig[]): ServerConfig {
  const found = servers.find((server) => server.name === name);
  if (found) return found;
  const names = servers.filter(isHttp).map((server) => server.name);
  const [near] = nearestNames(name, names, 1);
  throw new OrchestratorError('server_unknown', `The configuration has no usable server "${name}".`, {
    hint:
      near === undefined
        ? `HTTP servers: ${names.slice(0, 30).join(', ') || 'none'}.`
        : `Did you mean "${near}"?`,
  });
}

function isHttp(server: ServerConfig): server is HttpServerConfig {
  return server.transport === 'http' || server.transport === 'sse';
}

function isOAuth(server: HttpServerConfig): server is OAuthServer {
  return server.auth?.type === 'oauth';
}

function show(url: URL, mayOpen: boolean): void {
  const isOpened = mayOpen && openBrowser(url);
  process.stderr.write(
    `${isOpened ? 'Your browser opens. If it does not, agree here' : 'Open this in a browser and agree there'}:\n\n  ${url.href}\n\nWaiting for you to come back (Ctrl-C gives up) ...\n`,
  );
}

function inWords(error: unknown, server: OAuthServer): unknown {
  if (!(error instanceof AuthError)) return error;
  const redact = createRedact(server);
  return new OrchestratorError('server_unavailable', `"${server.name}": ${redact(error.message)}`, {
    hint: redact(error.hint),
    cause: error,
  });
}

function printRow({ server, auth, status: state, problem, ...rest }: Row): void {
  const { stdout } = process;
  const colour = state === 'not_logged_in' || state === 'expired' ? 'red' : 'green';
  const word = state.replaceAll('_', ' ');
  const how = state === 'open' ? 'no credentials' : auth;
  stdout.write(`${paint('bold', server, stdout)}: ${paint(colour, word, stdout)} (${how})${told(rest)}\n`);
  if (problem !== undefined) stdout.write(`  ${printable(problem, stdout)}\n`);
  if (rest.plain_because !== undefined)
    stdout.write(`  its tokens are not encrypted: ${printable(rest.plain_because, stdout)}\n`);
}

function warnOfPlain({ plain_because: why }: LoginState): void {
  if (why === undefined) return;
  process.stderr.write(
    `Its tokens are kept in a file for you alone, but not encrypted: ${printable(why, process.stderr)}.\n`,
  );
}

function told({ issuer, scope, expires_at, renews, encrypted, wanted_scope }: Partial<LoginState>): string {
  const parts = [
    issuer && `by ${issuer}`,
    scope && `scope ${scope}`,
    renews ? 'renews itself' : expires_at && `until ${expires_at}`,
    encrypted && 'encrypted',
    wanted_scope && `the server wants ${wanted_scope}: log in again`,
  ].filter(Boolean);
  return printable(parts.length === 0 ? '' : `, ${parts.join(', ')}`, process.stdout);
}

function printJson(value: object): void {
  process.stdout.write(`${printable(JSON.stringify(value), process.stdout)}\n`);
}
