/** The limits in force: each from an option, the environment, the file's `orchestrator.limits`, or its default. */
import { defaultLimits, type LimitName, type Limits, limitTable, limitVariable } from '../limits.ts';
import { type ConfigDocument, type KeyPath, keyText } from './document.ts';
import { type Findings, isObject, shown, unknownKeys } from './report.ts';
import { seedLimitVariables } from './variables.ts';

export interface LimitsInput {
  readonly document: ConfigDocument | undefined;
  /** The value of `orchestrator.limits`. */
  readonly written: unknown;
  readonly environment: NodeJS.ProcessEnv;
  readonly overrides: { readonly [name in LimitName]?: number | undefined };
}

const limitNames = Object.keys(limitTable) as LimitName[];

/** Every problem found goes to `findings`; a limit with a problem keeps its default. */
export function readLimits(input: LimitsInput, findings: Findings): Limits {
  const { written, document } = input;
  const path = ['orchestrator', 'limits'];
  if (written !== undefined && !isObject(written)) {
    findings.problem(
      `${filePlace(path, input)} must be an object such as { "callsMax": 1000 }, but is ${shown(written)}.`,
    );
  }
  const inFile = isObject(written) ? written : {};
  if (document !== undefined) {
    unknownKeys({ document, path, keys: Object.keys(inFile), known: limitNames }, findings);
  }
  const limits = defaultLimits();
  const chosen = new Set<LimitName>();
  for (const name of limitNames) {
    const found = limitCandidate(name, inFile, input);
    if (found === undefined) continue;
    chosen.add(name);
    const { min, max } = limitTable[name];
    const value = found.value;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
      limits[name] = value;
    else
      findings.problem(
        `${found.place} must be a whole number from ${min} to ${max}, but is ${shown(found.seen)}. It bounds: ${limitTable[name].about}.`,
      );
  }
  keepUnder('wallSecondsDefault', 'wallSecondsMax', limits, chosen, findings);
  keepUnder('callMsDefault', 'callMsMax', limits, chosen, findings);
  return limits;
}

function limitCandidate(
  name: LimitName,
  inFile: Readonly<Record<string, unknown>>,
  input: LimitsInput,
): { value: unknown; seen: unknown; place: string } | undefined {
  const override = input.overrides[name];
  if (override !== undefined) return { value: override, seen: override, place: `the option for ${name}` };
  const { environment } = input;
  const variable = limitVariable(name);
  const text = environment[variable]?.trim();
  if (text) return { value: numberOf(text), seen: text, place: `the environment variable ${variable}` };
  const seed = seedLimitVariables[name];
  const seedText = seed && environment[seed.variable]?.trim();
  if (seed && seedText) {
    const inSeconds = seed.times === 1_000;
    return {
      value: Math.round((numberOf(seedText) ?? Number.NaN) * seed.times),
      seen: inSeconds ? `${seedText} seconds` : seedText,
      place: `the environment variable ${seed.variable}${inSeconds ? ', as milliseconds,' : ''}`,
    };
  }
  const value = inFile[name];
  if (value === undefined) return undefined;
  return { value, seen: value, place: filePlace(['orchestrator', 'limits', name], input) };
}

function filePlace(path: KeyPath, input: LimitsInput): string {
  return `${input.document?.at(path)}: ${keyText(path)}`;
}

function numberOf(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

// Whoever lowers a maximum means the default too; only a default that was asked for is worth a warning.
function keepUnder(
  name: LimitName,
  maximum: LimitName,
  limits: Limits,
  chosen: ReadonlySet<LimitName>,
  findings: Findings,
): void {
  if (limits[name] <= limits[maximum]) return;
  if (chosen.has(name)) {
    findings.warning(
      `The limit ${name} is ${limits[name]}, above ${maximum} of ${limits[maximum]}; ${limits[maximum]} is used. Raise ${maximum} too.`,
    );
  }
  limits[name] = limits[maximum];
}
