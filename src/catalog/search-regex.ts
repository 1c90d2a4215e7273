/** Tools by a pattern, matched in time that is linear in the text: patterns come from agents. */
import type { RE2JS } from 're2js';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { pauses } from './search-pauses.ts';
import type { Ranked } from './search-ranking.ts';
import type { Tool } from './tool.ts';

const descriptionCharactersMax = 4_000;
/** Steps of the compiled pattern. Each may be taken at each character of a text, and a text is matched without a pause. */
const stepsMax = 1_000;

/**
 * Tools whose name matches come before those whose description or parameters do.
 *
 * @throws OrchestratorError arguments_invalid, limit_exceeded
 */
export async function matchTools(
  pattern: string,
  tools: readonly Tool[],
  { searchPatternMsMax }: Pick<Limits, 'searchPatternMsMax'>,
): Promise<Ranked[]> {
  const expression = await compile(pattern);
  const matches = (text: string) => expression.test(text);
  const found: Ranked[] = [];
  const pause = pauses();
  let busyMs = 0;
  for (const tool of tools) {
    const startedAt = performance.now();
    const { title = '', description = '', inputSchema } = tool.definition;
    if ([tool.flatName, tool.name].some(matches)) found.push({ tool, score: 1 });
    else {
      const parameters = Object.keys(inputSchema.properties ?? {}).join(' ');
      const texts = [title, description.slice(0, descriptionCharactersMax), parameters];
      if (texts.some(matches)) found.push({ tool, score: 0.5 });
    }
    busyMs += performance.now() - startedAt;
    if (busyMs > searchPatternMsMax) throw tooLong(searchPatternMsMax);
    await pause();
  }
  return found.sort((a, b) => b.score - a.score || a.tool.name.length - b.tool.name.length);
}

function tooLong(msMax: number): OrchestratorError {
  const message = `Matching the pattern takes more than ${msMax} ms (searchPatternMsMax).`;
  return new OrchestratorError('limit_exceeded', message, {
    hint: 'Use a simpler pattern, or search by words.',
  });
}

async function compile(pattern: string): Promise<RE2JS> {
  if (pattern.trim() === '')
    throw new OrchestratorError('arguments_invalid', 'The pattern is empty.', {
      hint: 'Pass one such as "^get_.*issue", or search by words.',
    });
  const expression = await parse(pattern);
  const steps = expression.programSize();
  if (steps <= stepsMax) return expression;
  throw new OrchestratorError(
    'limit_exceeded',
    `The pattern is too large: spelt out, it has ${steps} steps; at most ${stepsMax}.`,
    { hint: 'Repeat less: `.*` instead of `{0,500}`. Or search by words.' },
  );
}

async function parse(pattern: string): Promise<RE2JS> {
  const { RE2JS } = await import('re2js');
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  } catch (cause) {
    throw new OrchestratorError('arguments_invalid', `The pattern cannot be used: ${messageOf(cause)}.`, {
      hint: 'The syntax is that of RE2: no look-around and no back references.',
      cause,
    });
  }
}
