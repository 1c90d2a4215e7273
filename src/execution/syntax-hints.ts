/** What to do about a script that cannot be compiled, guessed from what agents send by habit. */
import { linesOf, type Position } from './code-frame.ts';

interface SyntaxFault {
  /** The compiler's words. */
  readonly text: string;
  readonly source: string;
  readonly position: Position | undefined;
  /** The compiler came to the end of the text. */
  readonly atEnd: boolean;
}

const python =
  /^[ \t]*(?:def \w+\(.*\).*:|elif\b.*:|except\b.*:|from [\w.]+ import [\w*]|import [\w.]+(?: as \w+)?[ \t]*$|print\(|(?:for \w+ in|while|if|with) [^{]*:[ \t]*$)/m;

/** One sentence; undefined where there is nothing to say. */
export function syntaxHint({ text, source, position, atEnd }: SyntaxFault): string | undefined {
  if (python.test(source)) return 'Scripts are TypeScript; this reads like another language.';
  if (text.includes('Top-level return'))
    return 'Use either `return` or `export`, not both; a policy has exports only.';
  const line = position ? (linesOf(source)[position.line - 1] ?? '').slice(0, 2_000) : '';
  if (/<\/[A-Za-z]|<[A-Za-z][\w.]*\s*\/>/.test(line)) return 'There is no JSX here.';
  if (/[\u2018\u2019\u201c\u201d]/.test(line)) return 'Quotes must be straight: " or \'.';
  if (/^\s*(?:export\s+)?(?:namespace|module)\s+[\w$]/.test(line))
    return 'A script stands in a function, where there are no namespaces: use an object.';
  if (/^\s*export\s*=/.test(line) || text.includes('exports nothing'))
    return 'Use `return`, or `export default`.';
  if (/"await" can only be used inside/.test(text)) return 'Make the function around it `async`.';
  if (atEnd) return 'Something opened in the script is not closed: look for a missing `}`, `)` or quote.';
  if (/Unexpected "(?:import|export)"|Expected "\(" but found/.test(text))
    return 'Imports belong at the top of the script.';
  return undefined;
}
