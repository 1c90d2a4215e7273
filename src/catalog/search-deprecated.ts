/** Whether a tool says of itself that another one is to be used: it is still found, but behind its like. */
import type { ToolDefinition } from './tool.ts';

/** Where a sentence begins, or in brackets; a tool that lists what is deprecated says it of other things. */
const said =
  /(?:^|[.!?:\n]|[[({*_~`"])\s*(?:deprecated|obsolete|discontinued)\b(?!\s+(?:api|call|feature|function|item|method|package|tool|version)s\b)/i;
const saidInCapitals = /\bDEPRECATED\b/;
const saidOfItself =
  /\b(?:this|the) (?:tool|function|method|command|action|endpoint|api) (?:is|was|has been)(?: now)? (?:deprecated|obsolete|discontinued|superseded|replaced)\b/i;
const patterns = [said, saidInCapitals, saidOfItself];
const charactersMax = 2_000;

export function isDeprecated({ title, description }: Pick<ToolDefinition, 'title' | 'description'>): boolean {
  const texts = [title, description].map((text) =>
    typeof text === 'string' ? text.slice(0, charactersMax) : '',
  );
  return texts.some((text) => patterns.some((pattern) => pattern.test(text)));
}
