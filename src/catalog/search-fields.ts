/** What of a tool is searched: its names, what it says it does, and what it takes. */
import { wordsOf, wordsOfName } from './search-words.ts';
import type { JsonObject, Tool } from './tool.ts';

export type FieldName =
  | 'name'
  | 'title'
  | 'server'
  | 'summary'
  | 'description'
  | 'parameters'
  | 'parameterTexts';

const descriptionCharactersMax = 4_000;
const parametersMax = 100;
const parameterCharactersMax = 300;
const depthMax = 3;

/** The words of each field, in order, as they are compared. */
export function toolFields(tool: Tool): Record<FieldName, string[]> {
  const { title, description = '', inputSchema, annotations } = tool.definition;
  const shownTitle = title ?? (typeof annotations?.title === 'string' ? annotations.title : '');
  const { summary, rest } = halves(description.slice(0, descriptionCharactersMax));
  const parameters: { names: string[]; texts: string[] } = { names: [], texts: [] };
  collectParameters(inputSchema, parameters, 0);
  return {
    name: wordsOfName(tool.name),
    title: wordsOf(shownTitle.slice(0, parameterCharactersMax)),
    server: [...new Set(wordsOfName(tool.server))],
    summary: wordsOf(summary),
    description: wordsOf(rest),
    parameters: parameters.names,
    parameterTexts: parameters.texts,
  };
}

/** The first sentence says what a tool does; the others, how and when. */
function halves(description: string): { summary: string; rest: string } {
  const text = description.trim();
  const end = /[.!?:](?=\s)|\n/.exec(text)?.index ?? text.length;
  return { summary: text.slice(0, end), rest: text.slice(end) };
}

function collectParameters(
  schema: JsonObject,
  into: { names: string[]; texts: string[] },
  depth: number,
): void {
  if (!isObject(schema.properties)) return;
  for (const [name, property] of Object.entries(schema.properties).slice(0, parametersMax)) {
    into.names.push(...wordsOfName(name));
    if (!isObject(property)) continue;
    if (typeof property.description === 'string')
      into.texts.push(...wordsOf(property.description.slice(0, parameterCharactersMax)));
    if (Array.isArray(property.enum))
      into.texts.push(
        ...property.enum.slice(0, 30).flatMap((value) => wordsOfName(String(value).slice(0, 64))),
      );
    if (depth >= depthMax) continue;
    collectParameters(property, into, depth + 1);
    if (isObject(property.items)) collectParameters(property.items, into, depth + 1);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
