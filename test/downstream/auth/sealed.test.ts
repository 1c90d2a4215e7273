/** Encryption of what a login leaves. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSealedWith, seal, unseal } from '../../../src/downstream/auth/sealed.ts';

const key = randomBytes(32);

it('gives back what was put in, and shows nothing of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 4 }), fc.string(), (text, about) => {
      const sealed = seal(text, key, about);
      expect(unseal(JSON.parse(JSON.stringify(sealed)), key, about)).toBe(
        Buffer.from(text, 'utf8').toString('utf8'),
      );
      expect(sealed.text).not.toBe(seal(text, key, about).text);
    }),
  );
});

it('refuses what was changed in any bit, is of something else, or of another key', () => {
  const sealed = seal('a token', key, 'a server');
  fc.assert(
    fc.property(fc.constantFrom('nonce', 'tag', 'text'), fc.nat(), (part, at) => {
      const bytes = Buffer.from(sealed[part], 'base64');
      const bit = at % (bytes.length * 8);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => unseal({ ...sealed, [part]: bytes.toString('base64') }, key, 'a server')).toThrow();
    }),
  );
  // A shorter tag is easier to guess.
  const tag = Buffer.from(sealed.tag, 'base64').subarray(0, 4).toString('base64');
  expect(() => unseal({ ...sealed, tag }, key, 'a server')).toThrow();
  expect(() => unseal(sealed, key, 'another server')).toThrow();
  expect(() => unseal(sealed, randomBytes(32), 'a server')).toThrow();
  expect([isSealedWith(key, sealed), isSealedWith(randomBytes(32), sealed)]).toEqual([true, false]);
});
