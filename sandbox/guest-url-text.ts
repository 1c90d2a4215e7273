/** Percent-encoding of URLs and forms: https://url.spec.whatwg.org/#percent-encoded-bytes */
import { TextDecoder, TextEncoder } from './guest-encoding.ts';

const encoder = new TextEncoder();

/** Characters that are encoded, besides controls and everything beyond ASCII. */
export const encodeSets = {
  control: '',
  fragment: ' "<>`',
  query: ' "#<>',
  specialQuery: ' "#<>\'',
  path: ' "#<>?^`{}',
  userinfo: ' "#<>?^`{}/:;=@[\\]|',
} as const;

export function percentEncode(text: string, set: string): string {
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    result += code > 0x1f && code < 0x7f && !set.includes(character) ? character : encodeBytes(character);
  }
  return result;
}

export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const source = encoder.encode(text);
  const bytes: number[] = [];
  for (let at = 0; at < source.length; at++) {
    const hex = source[at] === 0x25 ? String.fromCharCode(source[at + 1] ?? 0, source[at + 2] ?? 0) : '';
    const encoded = /^[\da-f]{2}$/i.test(hex);
    bytes.push(encoded ? Number.parseInt(hex, 16) : (source[at] as number));
    if (encoded) at += 2;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

export function formEncode(text: string): string {
  let result = '';
  for (const character of text) {
    if (character === ' ') result += '+';
    else result += /^[\w*.-]$/.test(character) ? character : encodeBytes(character);
  }
  return result;
}

export function formDecode(text: string): string {
  return percentDecode(text.replaceAll('+', ' '));
}

function encodeBytes(character: string): string {
  return Array.from(
    encoder.encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
