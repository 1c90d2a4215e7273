/** What a definition says to a model that a person does not see, or that is meant to steer it: flagged, never decided on. */
import type { ToolDefinition } from './tool.ts';

/** Characters without a shape of their own: tags, zero width, bidirectional controls, variation selectors beyond emoji. */
const hidden =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them is looked for by itself.
  /[\u{E0000}-\u{E007F}\u{E0100}-\u{E01EF}\u200B\u200C\u200E\u200F\u2060-\u2064\u202A-\u202E\u2066-\u206F\uFEFF\u00AD\u180E]|(?<!\p{Extended_Pictographic}\uFE0F?)\u200D/gu;

/** Each with what it looks like. Few and narrow: honest descriptions say "must", "first" and "always" too. */
const instructions: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|earlier|above|other|all)\b.{0,30}\b(?:instruction|prompt|rule|guideline)/i,
    'tells to ignore instructions',
  ],
  [
    /<\s*\/?\s*(?:important|system|secret|instructions?|assistant|hidden)\s*>/i,
    'holds markup as of a system prompt',
  ],
  [
    /\b(?:do not|don't|never|without)\b.{0,30}\b(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|reveal(?:ing)?|show(?:ing)?|notify(?:ing)?|disclos(?:e|ing))\b.{0,40}\b(?:the )?user\b/i,
    'asks to keep something from the user',
  ],
  [
    /(?:~\/\.ssh|\bid_rsa\b|\bid_ed25519\b|\.aws\/credentials|\bmcp\.json\b|\.cursor\/|\/etc\/passwd|\bprivate key\b.{0,40}\b(?:content|pass|send|include))/i,
    'names files that hold credentials',
  ],
  [
    /\b(?:before|after|when(?:ever)?)\b.{0,20}\b(?:using|calling|invoking)\b.{0,20}\b(?:any|every|other|all)\b.{0,20}\btools?\b/i,
    'wants a say in the use of other tools',
  ],
  [
    /\b(?:send|forward|post|upload|exfiltrate|bcc)\b.{0,60}\b(?:conversation|chat history|system prompt|api[_ ]?keys?|tokens?|passwords?|credentials)\b/i,
    'asks for secrets or the conversation to be sent',
  ],
  [
    /\b(?:you are now|new instructions?:|your (?:real|true|actual) (?:task|goal|purpose))/i,
    'speaks to the model as its operator',
  ],
];

const textsMax = 2_000;
const shownMax = 5;
const found = new WeakMap<ToolDefinition, readonly string[]>();

/** One sentence each; none for almost every definition. Looked for once a definition. */
export function suspiciousTexts(definition: ToolDefinition): readonly string[] {
  const known = found.get(definition);
  if (known) return known;
  const problems = [...textsOf(definition)].flatMap(([place, text]) => [
    ...hiddenIn(place, text),
    ...instructions.flatMap(([pattern, what]) => (pattern.test(text) ? [`Its ${place} ${what}.`] : [])),
  ]);
  const few = [...new Set(problems)].slice(0, shownMax);
  found.set(definition, few);
  return few;
}

function hiddenIn(place: string, text: string): string[] {
  const characters = text.match(hidden);
  if (!characters) return [];
  const codes = [...new Set(characters)].slice(0, 4).map((one) => `U+${code(one)}`);
  // Tag characters spell ASCII that nobody sees.
  const spelt = characters
    .map((one) => (one.codePointAt(0) ?? 0) - 0xe0000)
    .filter((ascii) => ascii >= 0x20 && ascii < 0x7f)
    .map((ascii) => String.fromCharCode(ascii))
    .join('');
  const says = spelt === '' ? '' : `; they spell ${JSON.stringify(spelt.slice(0, 200))}`;
  return [`Its ${place} holds ${characters.length} invisible characters (${codes.join(', ')})${says}.`];
}

function code(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/** Whatever a model is shown of it: names, titles, descriptions, and texts of its schemas, at any depth. */
function* textsOf(definition: ToolDefinition): Generator<[place: string, text: string]> {
  const { name, title, description, inputSchema, outputSchema, annotations } = definition;
  yield ['name', name];
  if (title !== undefined) yield ['title', title];
  if (description !== undefined) yield ['description', description];
  const parts = { inputSchema, outputSchema, annotations };
  const waiting: [place: string, value: unknown][] = Object.entries(parts);
  for (let count = 0; waiting.length > 0 && count < textsMax; count += 1) {
    const [place, value] = waiting.pop() ?? ['', undefined];
    if (typeof value === 'string') yield [place, value];
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) yield [`${place} (a key)`, key];
        waiting.push([Array.isArray(value) ? place : `${place}.${key}`.slice(0, 120), inner]);
      }
    }
  }
}
