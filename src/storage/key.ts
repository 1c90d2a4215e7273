/** What may be a key, and how any text becomes a part of one. */
import { createHash } from 'node:crypto';

/** File names are bounded, and the longest of ours is far below. */
export const keyCharactersMax = 120;
const partCharactersMax = 60;

/** @throws RangeError: a key that is none is a mistake of the program, not of its user */
export function checkKey(key: string): void {
  const parts = key.split('/');
  const isSound = parts.every((part) => /^[A-Za-z0-9._~:-]+$/.test(part) && !/^\.\.?$/.test(part));
  if (isSound && key.length <= keyCharactersMax) return;
  throw new RangeError(
    `${JSON.stringify(key.slice(0, 200))} is no storage key: parts of [A-Za-z0-9._~:-] joined by "/", at most ${keyCharactersMax} characters`,
  );
}

/** A part of a key for any text, such as a server's name: different texts give different parts. */
export function keyPart(text: string): string {
  const encoded = text.replace(/[^A-Za-z0-9._-]|^\.+$/gu, (characters) =>
    [...Buffer.from(characters)].map((byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  if (encoded !== '' && encoded.length <= partCharactersMax) return encoded;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 24);
  return `${encoded.slice(0, partCharactersMax - hash.length - 2)}~~${hash}`;
}
