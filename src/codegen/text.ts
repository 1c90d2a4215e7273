/** Server-supplied text on its way into a TypeScript file: as a comment or as a string literal, never as code. */

/** Invisible or direction-changing characters: what a reader does not see must not be in a comment. */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Text for a JSDoc comment: cut to `charactersMax`, nothing hidden in it, not able to end the comment, and with
 * no `@tag` or `@ts-` directive of its own.
 */
export function commentText(text: string, charactersMax: number): string {
  const visible = text
    .slice(0, 4 * charactersMax)
    .replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n')
    .replace(/\t/g, '  ')
    .replace(hidden, (character) => (character === '\n' ? '\n' : ''))
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  const cut =
    visible.length > charactersMax || text.length > 4 * charactersMax
      ? `${visible
          .slice(0, charactersMax)
          .replace(/[\uD800-\uDBFF]$/, '')
          .trimEnd()}…`
      : visible;
  return cut.replace(/\*(?=\/)/g, '* ').replace(/(^|[\s{*/])@(?=\p{L})/gu, '$1\\@');
}

/** A JSDoc block of text that `commentText` gave (lines of our own may be added); '' where there is none. */
export function jsDoc(text: string, indent: string): string {
  if (text === '') return '';
  const lines = text.split('\n').map((line) => line.trimEnd());
  if (lines.length === 1 && text.length < 120) return `${indent}/** ${text} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`;
}

/** A string literal of TypeScript that shows every hidden character as an escape. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(hidden, (character) =>
    character.length === 1
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
      : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** `read-text_file` -> `ReadTextFile`; ASCII letters and digits only, never empty. */
export function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
    .slice(0, 80);
  return /^[A-Za-z]/.test(joined) ? joined : `Type${joined}`;
}

/** `wanted`, or with the first number behind it that is free. Adds it to `used`. */
export function unusedName(wanted: string, used: Set<string>): string {
  let name = wanted;
  for (let number = 2; used.has(name); number += 1) name = `${wanted}${number}`;
  used.add(name);
  return name;
}
