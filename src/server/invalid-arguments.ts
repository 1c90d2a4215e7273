/** What is wrong with the arguments of one of our tools, and what it takes: unknown names are refused, not ignored. */
import type * as z from 'zod';
import { argumentsHint } from '../catalog/arguments-hint.ts';
import { ownSchema } from './own-schema.ts';
import type { OurTool } from './tool.ts';

const issuesShownMax = 3;
const nameCharactersMax = 64;

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly sentence: string;
}

/** @returns `execute_composed_code: there is no argument "timout". Did you mean "timeout"? It takes {...}.` */
export function invalidArguments(
  { name, input }: Pick<OurTool, 'name' | 'input'>,
  args: unknown,
  { issues }: z.ZodError,
): Error {
  const problems = issues.flatMap((issue) => problemsOf(issue, args)).slice(0, issuesShownMax);
  const definition = { inputSchema: ownSchema(input, 'input') };
  const hints = problems.map(({ path }) => argumentsHint(definition, args, ['args', ...path].join('.')));
  // That a name was misspelt is worth more than what else is wrong.
  const hint = hints.find((text) => !/^It takes/.test(text)) ?? hints[0] ?? '';
  return new Error(`${name}: ${problems.map(({ sentence }) => sentence).join('; ')}. ${hint}`);
}

function problemsOf(issue: z.core.$ZodIssue, args: unknown): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      sentence: `there is no argument "${shown([...path, key])}"`,
    }));
  const value = path.reduce<unknown>((found, key) => (found as { [key: PropertyKey]: unknown })?.[key], args);
  if (path.length > 0 && value === undefined) return [{ path, sentence: `${shown(path)} is missing` }];
  const rule = issue.message.replace(/^Invalid (?:input|option): /, '');
  return [{ path, sentence: path.length === 0 ? `arguments: ${rule}` : `${shown(path)}: ${rule}` }];
}

function shown(path: readonly PropertyKey[]): string {
  const text = path.join('.');
  return text.length > nameCharactersMax ? `${text.slice(0, nameCharactersMax)}...` : text;
}
