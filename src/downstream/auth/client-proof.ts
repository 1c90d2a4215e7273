/** Secrets and keys of clients, read from where the configuration says. */
import { readFile } from 'node:fs/promises';
import type { ClientProof } from '../../config/auth-types.ts';
import { messageOf } from '../../errors.ts';
import { AuthError } from './auth-error.ts';
import type { LiveSecrets } from './live-secrets.ts';

/** @throws AuthError where the file cannot be read or is empty */
export async function readSecret(
  proof: Exclude<ClientProof, { keyFile: string }>,
  secrets: LiveSecrets,
): Promise<string> {
  const secret = 'secret' in proof ? proof.secret : await readProofFile(proof.secretFile, 'secret');
  secrets.add(secret);
  return secret;
}

/** PEM as it is, a JWK as an object. @throws AuthError where the file cannot be read or is empty */
export async function readKey(file: string): Promise<string | Record<string, unknown>> {
  const text = await readProofFile(file, 'private key');
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new AuthError(
      `the file of its client's private key, ${file}, is no JSON`,
      'Write the key into it, as PEM (PKCS #8) or as a JWK.',
    );
  }
}

async function readProofFile(file: string, what: string): Promise<string> {
  const told = (wrong: string, cause?: unknown) =>
    new AuthError(
      `the file of its client's ${what}, ${file}, ${wrong}`,
      `Write the ${what} into it, or name another file in "auth".`,
      cause,
    );
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw told(`cannot be read: ${messageOf(error)}`, error);
  }
  if (text === '') throw told('is empty');
  return text;
}
