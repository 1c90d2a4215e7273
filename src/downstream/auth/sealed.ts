/** A text encrypted with a key (AES-256-GCM), bound to what it belongs to: it fits nowhere else, and nobody can change it. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

export const sealedSchema = z.object({
  algorithm: z.literal('aes-256-gcm'),
  /** Tells one key from another, and nothing of it. */
  key: z.string(),
  nonce: z.base64(),
  tag: z.base64(),
  text: z.base64(),
});

export type Sealed = z.infer<typeof sealedSchema>;

const algorithm = 'aes-256-gcm';
/** A short one would be easier to forge. */
const authTagLength = 16;

/** @param about what it belongs to: stays readable beside it, and has to be the same again */
export function seal(text: string, key: Buffer, about: string): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength }).setAAD(Buffer.from(about));
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    ...{ algorithm, key: nameOf(key), nonce: nonce.toString('base64') },
    ...{ tag: cipher.getAuthTag().toString('base64'), text: bytes.toString('base64') },
  };
}

/** @throws Error where it was changed, or is of something else */
export function unseal({ nonce, tag, text }: Sealed, key: Buffer, about: string): string {
  const [iv, authTag, bytes] = [nonce, tag, text].map((part) => Buffer.from(part, 'base64'));
  if (!iv || !authTag || !bytes) throw new Error('a part is missing');
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength }).setAAD(Buffer.from(about));
  decipher.setAuthTag(authTag);
  return Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8');
}

/** False where it was sealed with another key. */
export function isSealedWith(key: Buffer, sealed: Sealed): boolean {
  return sealed.key === nameOf(key);
}

function nameOf(key: Buffer): string {
  return createHash('sha256').update('name of a key\0').update(key).digest('base64url').slice(0, 16);
}
