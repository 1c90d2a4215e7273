/** TextEncoder, TextDecoder, atob, btoa and crypto's random part. */
import { defineGlobal } from './guest-primordials.ts';

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const randomBytesMax = 65_536;

/** @param randomText n random bytes of the host as characters 0 to 255 */
export function installEncoding(randomText: (bytes: number) => string): void {
  defineGlobal('TextEncoder', TextEncoder);
  defineGlobal('TextDecoder', TextDecoder);
  defineGlobal('atob', (text: unknown) => fromBase64(`${text}`));
  defineGlobal('btoa', (text: unknown) => toBase64(`${text}`));
  defineGlobal('crypto', {
    randomUUID: () => randomUuid(randomText(16)),
    getRandomValues: (view: unknown) => fillRandom(view, randomText),
  });
}

/** Only UTF-8, as on the web. */
export class TextEncoder {
  readonly encoding = 'utf-8';

  encode(text: unknown = ''): Uint8Array {
    return utf8Bytes(`${text}`);
  }

  encodeInto(text: unknown, into: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of `${text}`) {
      const bytes = utf8Bytes(character);
      if (written + bytes.length > into.length) break;
      into.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

function utf8Bytes(text: string): Uint8Array {
  let bytes = new Uint8Array(text.length + 16);
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index);
    if (code >= 0xd800 && code <= 0xdfff) {
      code = text.codePointAt(index) ?? 0xfffd;
      if (code > 0xffff) index++;
      else code = 0xfffd;
    }
    if (at + 4 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    if (code < 0x80) bytes[at++] = code;
    else {
      if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6);
      else {
        if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12);
        else {
          bytes[at++] = 0xf0 | (code >> 18);
          bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        }
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.slice(0, at);
}

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

/** Only UTF-8; decodes as https://encoding.spec.whatwg.org/#utf-8-decoder says. */
export class TextDecoder {
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  #pending: number[] = [];
  #started = false;

  constructor(label: unknown = 'utf-8', options: DecoderOptions = {}) {
    if (!/^\s*(?:unicode-1-1-)?utf-?8\s*$/i.test(`${label}`))
      throw new RangeError(`TextDecoder knows only utf-8, not ${label}`);
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { readonly stream?: boolean } = {}): string {
    const { bytes, units } = this.#decodeBytes(input === undefined ? new Uint8Array() : bytesOf(input));
    this.#pending = bytes;
    if (options.stream !== true) {
      if (this.#pending.length > 0) this.#invalid(units);
      this.#pending = [];
    }
    let text = '';
    // Pieces, since a call takes only so many arguments.
    for (let at = 0; at < units.length; at += 8_192)
      text += String.fromCharCode(...units.slice(at, at + 8_192));
    if (!this.#started && text !== '' && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff)
      text = text.slice(1);
    this.#started = options.stream === true && (this.#started || units.length > 0);
    return text;
  }

  #decodeBytes(input: Uint8Array): { bytes: number[]; units: number[] } {
    const bytes = this.#pending.length > 0 ? Uint8Array.from([...this.#pending, ...input]) : input;
    const units: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      const first = bytes[at] as number;
      if (first < 0x80) {
        units.push(first);
        at++;
        continue;
      }
      const needed =
        first >= 0xc2 && first <= 0xdf
          ? 1
          : first >= 0xe0 && first <= 0xef
            ? 2
            : first >= 0xf0 && first <= 0xf4
              ? 3
              : 0;
      let code = needed === 1 ? first & 0x1f : needed === 2 ? first & 0xf : first & 0x7;
      let seen = 0;
      while (
        seen < needed &&
        at + seen + 1 < bytes.length &&
        continues(first, seen, bytes[at + seen + 1] as number)
      ) {
        code = (code << 6) | ((bytes[at + seen + 1] as number) & 0x3f);
        seen++;
      }
      if (needed > 0 && seen === needed) {
        if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
        else units.push(code);
      } else if (needed > 0 && at + seen + 1 === bytes.length) {
        return { bytes: [...bytes.subarray(at)], units };
      } else this.#invalid(units);
      at += seen + 1;
    }
    return { bytes: [], units };
  }

  #invalid(units: number[]): void {
    if (this.fatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
    units.push(0xfffd);
  }
}

/** The first continuation byte is narrower where overlong forms, surrogates or too large codes would start. */
function continues(first: number, seen: number, byte: number): boolean {
  if (seen === 0 && first === 0xe0) return byte >= 0xa0 && byte <= 0xbf;
  if (seen === 0 && first === 0xed) return byte >= 0x80 && byte <= 0x9f;
  if (seen === 0 && first === 0xf0) return byte >= 0x90 && byte <= 0xbf;
  if (seen === 0 && first === 0xf4) return byte >= 0x80 && byte <= 0x8f;
  return byte >= 0x80 && byte <= 0xbf;
}

function bytesOf(input: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  throw new TypeError('TextDecoder.decode takes an ArrayBuffer or a view of one');
}

function toBase64(text: string): string {
  let result = '';
  for (let at = 0; at < text.length; at += 3) {
    const codes = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)].map(
      (code) => code || 0,
    ) as [number, number, number];
    if (codes.some((code) => code > 255)) {
      throw new TypeError('btoa takes characters up to U+00FF only: encode text with TextEncoder first');
    }
    const bits = (codes[0] << 16) | (codes[1] << 8) | codes[2];
    const left = text.length - at;
    result += (base64Alphabet[bits >> 18] as string) + (base64Alphabet[(bits >> 12) & 63] as string);
    result += left > 1 ? base64Alphabet[(bits >> 6) & 63] : '=';
    result += left > 2 ? base64Alphabet[bits & 63] : '=';
  }
  return result;
}

function fromBase64(text: string): string {
  let digits = text.replace(/[\t\n\f\r ]/g, '');
  if (digits.length % 4 === 0) digits = digits.replace(/={1,2}$/, '');
  if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits))
    throw new TypeError('atob: the text is not base64');
  let result = '';
  let bits = 0;
  for (let at = 0; at < digits.length; at++) {
    bits = ((bits << 6) | base64Alphabet.indexOf(digits.charAt(at))) & 0xffffff;
    const phase = at % 4;
    if (phase > 0) result += String.fromCharCode((bits >> (6 - 2 * phase)) & 255);
  }
  return result;
}

function randomUuid(bytes: string): string {
  const hex = Array.from(bytes, (character, index) => {
    const byte = character.charCodeAt(0);
    const fixed = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return fixed.toString(16).padStart(2, '0');
  }).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function fillRandom(view: unknown, randomText: (bytes: number) => string): unknown {
  const integers =
    ArrayBuffer.isView(view) && /^(?:Big)?U?[iI]nt\d+(?:Clamped)?Array$/.test(view.constructor.name);
  if (!integers) throw new TypeError('crypto.getRandomValues takes an integer typed array');
  if (view.byteLength > randomBytesMax) {
    throw new RangeError(
      `crypto.getRandomValues fills at most ${randomBytesMax} bytes; the array has ${view.byteLength}`,
    );
  }
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const text = bytes.length > 0 ? randomText(bytes.length) : '';
  for (let index = 0; index < bytes.length; index++) bytes[index] = text.charCodeAt(index);
  return view;
}
