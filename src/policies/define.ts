/**
 * What policy files import: `definePolicy`, `z` and the types of what they take and give. This file is for editors, for
 * the type check and for plain node; in the sandbox, sandbox/guest-policy.ts stands in its place.
 */
import * as z from 'zod';

export { z };

/** Bounds of one run, beside those of the configuration; the smaller one counts. */
export interface PolicyLimits {
  /** Seconds, tool calls included. */
  readonly wallSecondsMax?: number;
  readonly callsMax?: number;
}

/** When `serve` runs the policy by itself. */
export interface PolicySchedule {
  /** Five fields, or six with seconds: `0 7 * * 1-5`. */
  readonly cron: string;
  /** Such as `Europe/Berlin`; the machine's where absent. */
  readonly timezone?: string;
  readonly input?: { readonly [name: string]: unknown };
}

export interface PolicyDeclaration {
  /** What it does and when to use it, for people and agents. */
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output?: z.ZodType;
  /** All that it may call: `server.tool`, or `server.*`. */
  readonly tools: readonly string[];
  readonly limits?: PolicyLimits;
  readonly schedule?: string | PolicySchedule;
  /** Makes it an MCP tool of its own. */
  readonly expose?: boolean;
}

/** Declares a policy: `export const policy = definePolicy({ ... })`, beside `export default async (input) => { ... }`. */
export function definePolicy<const Declaration extends PolicyDeclaration>(
  declaration: Declaration,
): Declaration {
  return declaration;
}

/** What the function of a policy is given: `PolicyInput<typeof policy>`. */
export type PolicyInput<Policy extends { readonly input: z.ZodType }> = z.output<Policy['input']>;

/** What the function of a policy returns: `PolicyResult<typeof policy>`. */
export type PolicyResult<Policy> = Policy extends { readonly output: infer Output extends z.ZodType }
  ? z.input<Output> | Promise<z.input<Output>>
  : unknown;
