/** A tool's result as MCP has it -> the JSON text of the value that a script's call resolves to. */
import type { JsonObject } from '../catalog/tool.ts';

/**
 * `structuredContent` where the tool declares an output schema; else the text parsed as JSON where it is JSON,
 * the text where there is one text block, else the content blocks.
 *
 * @param result a `tools/call` result that is no error
 */
export function unwrapResult(result: JsonObject, hasOutputSchema: boolean): string {
  const { structuredContent, content } = result;
  const blocks = Array.isArray(content) ? content : [];
  if (structuredContent !== undefined && (hasOutputSchema || blocks.length === 0))
    return JSON.stringify(structuredContent);
  const [block] = blocks;
  if (blocks.length === 1 && block?.type === 'text' && typeof block.text === 'string')
    return jsonText(block.text);
  return JSON.stringify(blocks);
}

/** JSON text passes through as it stands; any other text becomes a JSON string. */
function jsonText(text: string): string {
  const trimmed = text.trim();
  if (!mayBeJson(trimmed)) return JSON.stringify(text);
  try {
    const value: unknown = JSON.parse(trimmed);
    // Objects and arrays are what servers send as JSON on purpose; scalars count only where nothing is lost (1e3, 12345678901234567890).
    if (typeof value === 'object' && value !== null) return trimmed;
    return JSON.stringify(value) === trimmed ? trimmed : JSON.stringify(text);
  } catch {
    return JSON.stringify(text);
  }
}

/** By its ends: to try it and fail costs more than the rest of a call's way through us. */
function mayBeJson(trimmed: string): boolean {
  const last = trimmed.at(-1);
  switch (trimmed[0]) {
    case '{':
      return last === '}';
    case '[':
      return last === ']';
    case '"':
      return last === '"' && trimmed.length > 1;
    default:
      return /^(?:true|false|null|-?\d[\d.eE+-]*)$/.test(trimmed);
  }
}

/** The text of an `isError` result, for the message of the error it becomes; at most `charactersMax` characters. */
export function errorText(result: JsonObject, charactersMax: number): string {
  const blocks = Array.isArray(result.content) ? result.content : [];
  const texts = blocks.flatMap((block) =>
    block?.type === 'text' && typeof block.text === 'string' ? [block.text] : [],
  );
  const text = texts.join('\n').trim() || JSON.stringify(result.structuredContent ?? blocks);
  return text.length > charactersMax
    ? `${text.slice(0, charactersMax)}... (${text.length} characters)`
    : text;
}
