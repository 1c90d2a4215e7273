/** Hosts of URLs: names, IPv4 in all its spellings, IPv6. https://url.spec.whatwg.org/#host-parsing */
import { encodeSets, percentDecode, percentEncode } from './guest-url-text.ts';

/** @returns undefined where the host is not valid */
export function parseHost(text: string, special: boolean): string | undefined {
  if (text.startsWith('[')) return text.endsWith(']') ? parseIpv6(text.slice(1, -1)) : undefined;
  if (!special)
    return /[\0\t\n\r #/:<>?@[\\\]^|]/.test(text) ? undefined : percentEncode(text, encodeSets.control);
  const name = percentDecode(text).toLowerCase();
  // International names would need IDNA's tables: they have to come in punycode.
  if (name === '' || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f-\u{10ffff}]/u.test(name)) return undefined;
  const labels = name.replace(/\.$/, '').split('.');
  return /^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? '') ? parseIpv4(labels) : name;
}

function parseIpv4(labels: readonly string[]): string | undefined {
  if (labels.length > 4) return undefined;
  const numbers = labels.map((label) => {
    if (/^0x[\da-f]*$/.test(label)) return label === '0x' ? 0 : Number.parseInt(label.slice(2), 16);
    if (/^0[0-7]*$/.test(label)) return Number.parseInt(label, 8);
    return /^[1-9]\d*$/.test(label) ? Number(label) : Number.NaN;
  });
  const last = numbers.pop() ?? Number.NaN;
  if (numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  const address = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function parseIpv6(text: string): string | undefined {
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const bytes = mapped?.slice(2).map(Number);
  if (bytes?.some((byte) => byte > 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes ?? [];
  const plain = mapped ? `${mapped[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}` : text;
  const halves = plain.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const groups = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return `[${compress(groups.map((group) => Number.parseInt(group, 16).toString(16)))}]`;
}

/** The longest run of at least two zero groups becomes `::`. */
function compress(groups: readonly string[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}
