/** Whoever sits at the terminal, as somebody who can be asked: by servers, and where a call needs approval. */
import { createInterface } from 'node:readline/promises';
import type { CallerClient, JsonObject } from '../downstream/caller.ts';
import { printable } from '../text.ts';
import { paint } from './terminal.ts';

/**
 * Undefined where input or the place for questions is no terminal.
 *
 * @param beforeAsking clears what stands on the line
 */
export function terminalClient(beforeAsking: () => void): CallerClient | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return {
    capabilities: { elicitation: { form: {} } },
    elicit: (params, signal) => {
      beforeAsking();
      return askAtTerminal(params, signal);
    },
  };
}

/** @returns the result in the protocol's shape; `cancel` at the end of input, `decline` where something needed is not given */
async function askAtTerminal(
  { message, requestedSchema }: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { properties = {}, required = [] } = (requestedSchema ?? {}) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    process.stderr.write(`\n${paint('bold', String(message), process.stderr)}\n`);
    const content: JsonObject = {};
    for (const [name, property] of Object.entries(properties)) {
      const answer = await Promise.race([lines.question(promptOf(name, property), { signal }), ended]);
      if (answer === undefined) return { action: 'cancel' };
      const value = valueOf(answer.trim(), property);
      if (value !== undefined) content[name] = value;
      else if (required.includes(name)) return { action: 'decline' };
    }
    return { action: 'accept', content };
  } finally {
    lines.close();
  }
}

function promptOf(name: string, property: JsonObject): string {
  const title = printable(String(property.title ?? property.description ?? name), process.stderr);
  const choices = choicesOf(property);
  if (choices.length > 0) {
    const rows = choices.map((choice, index) => `  ${index + 1}) ${printable(choice, process.stderr)}`);
    return `${rows.join('\n')}\n${title} (1-${choices.length}): `;
  }
  return `${title}${property.type === 'boolean' ? ' (y/n)' : ''}: `;
}

/** Undefined for what is no answer. */
function valueOf(answer: string, property: JsonObject): unknown {
  const choices = choicesOf(property);
  if (choices.length > 0) return choices[Number(answer) - 1] ?? choices.find((choice) => choice === answer);
  if (answer === '') return property.default;
  if (property.type === 'boolean') return /^(?:y|yes|true|1)$/i.test(answer);
  if (property.type !== 'number' && property.type !== 'integer') return answer;
  const number = Number(answer);
  return Number.isFinite(number) ? number : undefined;
}

function choicesOf(property: JsonObject): string[] {
  return Array.isArray(property.enum) ? property.enum.map(String) : [];
}
