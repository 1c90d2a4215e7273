/** A folder with servers and policies, opened in the test's own process. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Orchestrator } from '../../src/orchestrator.ts';
import type { OnEnd } from '../support/folder.ts';
import { openConfig } from '../support/in-process.ts';
import { fixture, type Servers, type Setup, setUp } from '../support/orchestrator.ts';

export type Sources = Readonly<Record<string, string>>;

export const plainServers: Servers = { plain: fixture('plain-tools.mjs') };

export function setUpPolicies(
  sources: Sources,
  { servers = plainServers, settings = {}, onEnd = onTestFinished }: PolicySetup = {},
): Setup {
  const setup = setUp(servers, { generated: false, ...settings }, onEnd);
  writePolicies(path.join(setup.folder, 'policies'), sources);
  return setup;
}

export interface PolicySetup {
  readonly servers?: Servers;
  readonly settings?: object;
  readonly onEnd?: OnEnd;
}

export function writePolicies(folder: string, sources: Sources): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(sources))
    writeFileSync(path.join(folder, `${name}.ts`), source);
}

export async function openPolicies(
  sources: Sources,
  options: PolicySetup = {},
): Promise<Setup & { orchestrator: Orchestrator }> {
  const setup = setUpPolicies(sources, options);
  return { ...setup, orchestrator: await openConfig(setup.configFile, options.onEnd) };
}

/** Adds numbers up, with an input that has a default and a rule that JSON Schema cannot say. */
export const addUp = `import { plain } from '../generated/unified_api.ts';
import { definePolicy, z } from 'mcp-tools-orchestrator/policy';

export const policy = definePolicy({
  description: 'Adds numbers up, one call each.',
  input: z.object({
    numbers: z.array(z.number()).min(1).describe('What to add'),
    start: z.number().default(0),
    label: z.string().refine((text) => text !== 'bad', 'must not be bad').optional(),
  }),
  output: z.object({ sum: z.number(), label: z.string().optional() }),
  tools: ['plain.add'],
});

export default async (input) => {
  let sum = input.start;
  for (const number of input.numbers) ({ sum } = await plain.add({ a: sum, b: number }));
  return { sum, label: input.label, extra: 'is not declared' };
};
`;

/** A policy without imports: what it has to begin with is enough. */
export function policyOf(body: string, tools: readonly string[], more = ''): string {
  return `export const policy = definePolicy({
  description: 'For a test.',
  input: z.object({ text: z.string().default('hi') }),
  tools: ${JSON.stringify(tools)},${more}
});
export default async (input) => {
  ${body}
};
`;
}
