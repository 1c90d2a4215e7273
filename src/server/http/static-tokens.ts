/** Tokens that the configuration names. Those in files count as the files are now. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { scopeNames } from '../../config/http-schema.ts';
import type { HttpToken } from '../../config/http-types.ts';
import { messageOf, OrchestratorError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { stampOf } from '../../storage/private-file.ts';
import type { Identity, Verifier } from './verifier.ts';

interface Known {
  readonly identity: Identity;
  /** Undefined where the file of a token is not to be read any more: then nobody has it. */
  digest: Buffer | undefined;
  readonly file?: string;
  stamp?: string | undefined;
}

/** @throws OrchestratorError config_invalid: a file cannot be read or is empty */
export async function staticTokens(tokens: readonly HttpToken[], log: Log): Promise<Verifier> {
  const known = await Promise.all(tokens.map(knownToken));
  const inFiles = known.filter(({ file }) => file !== undefined);
  const find = (token: string) => {
    const digest = digestOf(token);
    // Every one is compared, in constant time: how long it takes tells nothing.
    return known.filter((one) => one.digest && timingSafeEqual(one.digest, digest))[0]?.identity;
  };
  if (inFiles.length === 0) return find;
  return async (token) => {
    await Promise.all(inFiles.map((one) => readAgain(one, log)));
    return find(token);
  };
}

/** A token that was replaced in its file counts at once, and the one before no more. */
async function readAgain(known: Known, log: Log): Promise<void> {
  const { file = '', identity } = known;
  const stamp = await stampOf(file);
  if (stamp === known.stamp) return;
  known.stamp = stamp;
  const text = await readFile(file, 'utf8').catch(() => '');
  known.digest = text.trim() === '' ? undefined : digestOf(text.trim());
  if (known.digest) log.info({ principal: identity.principal }, 'the file of a token was read again');
  else
    log.error({ principal: identity.principal, file }, 'the file of a token is gone or empty: nobody has it');
}

async function knownToken(token: HttpToken): Promise<Known> {
  const scope = scopeNames.findLast((name) => token.scopes.includes(name)) ?? 'read';
  const identity = { principal: `token:${token.name}`, scope, profile: token.profile };
  if (token.sha256 !== undefined) return { digest: Buffer.from(token.sha256, 'hex'), identity };
  if (token.token !== undefined) return { digest: digestOf(token.token), identity };
  const { file = '' } = token;
  // Before the text: what is written meanwhile is read again.
  const stamp = await stampOf(file);
  return { digest: digestOf(await fileToken(token)), identity, file, stamp };
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
