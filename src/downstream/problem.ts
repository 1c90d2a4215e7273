/** Text from outside (servers, the network, the operating system) made fit for a problem message. */
import type { ServerConfig } from '../config/types.ts';

/** Characters of foreign text kept in one problem message. */
export const problemCharactersMax = 2_000;

/**
 * Foreign text without terminal escapes, control and invisible formatting characters, at most `charactersMax` long.
 * Newlines stay, so that stderr lines remain readable.
 */
export function cleanText(text: string, charactersMax: number = problemCharactersMax): string {
  const bounded = text.length > charactersMax * 4 ? text.slice(0, charactersMax * 4) : text;
  const clean = bounded
    .replace(/\p{Cc}\[[0-9;?]*[@-~]/gu, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === '\n' ? '\n' : ' '))
    .trim();
  return clean.length > charactersMax ? `${clean.slice(0, charactersMax).trimEnd()}…` : clean;
}

export type Redact = (text: string) => string;

/**
 * Hides the credentials of a server's entry wherever foreign text repeats them: every header value (and the token
 * behind `Bearer`), and the environment variables whose name says that they are secret.
 */
export function createRedact(config: ServerConfig): Redact {
  const secrets = config.transport === 'stdio' ? secretValues(config.env) : headerSecrets(config.headers);
  const worthHiding = secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  if (worthHiding.length === 0) return (text) => text;
  return (text) => worthHiding.reduce((hidden, secret) => hidden.replaceAll(secret, '[hidden]'), text);
}

function secretValues(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .filter(([name]) => /key|token|secret|passw|credential|auth|cookie|dsn|private/i.test(name))
    .map(([, value]) => value);
}

function headerSecrets(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/).slice(1)]);
}
