/** Tokens that the configuration names. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { scopeNames } from '../../config/http-schema.ts';
import type { HttpToken } from '../../config/http-types.ts';
import { messageOf, OrchestratorError } from '../../errors.ts';
import type { Identity, Verifier } from './verifier.ts';

interface Known {
  readonly digest: Buffer;
  readonly identity: Identity;
}

/** @throws OrchestratorError config_invalid: a file cannot be read or is empty */
export async function staticTokens(tokens: readonly HttpToken[]): Promise<Verifier> {
  const known = await Promise.all(tokens.map(knownToken));
  return (token) => {
    const digest = digestOf(token);
    // Every one is compared, in constant time: how long it takes tells nothing.
    return known.filter((one) => timingSafeEqual(one.digest, digest))[0]?.identity;
  };
}

async function knownToken(token: HttpToken): Promise<Known> {
  const scope = scopeNames.findLast((name) => token.scopes.includes(name)) ?? 'read';
  const identity = { principal: `token:${token.name}`, scope, profile: token.profile };
  if (token.sha256 !== undefined) return { digest: Buffer.from(token.sha256, 'hex'), identity };
  return { digest: digestOf(token.token ?? (await fileToken(token))), identity };
}

async function fileToken({ name, file = '' }: HttpToken): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw unusable(name, `cannot be read: ${messageOf(error)}`);
  }
  if (text === '') throw unusable(name, `is empty: ${file}`);
  return text;
}

function unusable(name: string, what: string): OrchestratorError {
  return new OrchestratorError('config_invalid', `The file of the token "${name}" ${what}`, {
    hint: 'Write the token into it, or name another file in orchestrator.http.tokens.',
  });
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
