/**
 * One hazard: a script in `cases/TOPIC/`, named after what it does, under the limits in that folder's `limits.json`. Its
 * first lines say what must become of it, and are not part of it:
 *
 *     // expect: STATUS text
 *     // in-process: another such outcome, where it is another one there
 *     // either: why the platform does not decide which of several outcomes it is (`expect: ONE | ANOTHER`)
 *     // process-only: why only a process of its own can contain it
 *     // timeout: seconds
 *     // aborted: milliseconds after its first output
 *
 * The text is the result as JSON of a success, or part of the message of an error or limit; `""` is an empty message.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type RunStatus, runStatuses } from '../../src/execution/run-result.ts';

export type IsolationMode = 'process' | 'in-process';

export interface Outcome {
  readonly status: RunStatus;
  readonly text: string;
}

export interface HazardCase {
  readonly name: string;
  readonly code: string;
  readonly expected: { readonly [mode in IsolationMode]: readonly Outcome[] };
  readonly timeoutSeconds: number;
  readonly abortAfterOutputMs: number | undefined;
  readonly processOnly: string | undefined;
}

export interface Topic {
  readonly name: string;
  readonly limits: Readonly<Record<string, number>> & { readonly cpuMsMax: number };
  readonly cases: readonly HazardCase[];
}

const root = path.join(import.meta.dirname, 'cases');
const timeoutSecondsDefault = 20;
const keys = ['expect', 'in-process', 'either', 'process-only', 'timeout', 'aborted'];
/** What these say is all that there is to say. */
const wordless: readonly RunStatus[] = ['timeout', 'aborted'];

/** @throws Error that names the file with a mistake */
export function readTopics(): Topic[] {
  return readdirSync(root)
    .sort()
    .map((name) => {
      const folder = path.join(root, name);
      const files = readdirSync(folder).sort();
      return {
        name,
        limits: JSON.parse(readFileSync(path.join(folder, 'limits.json'), 'utf8')),
        cases: files.filter((file) => /\.[jt]s$/.test(file)).map((file) => readCase(path.join(folder, file))),
      };
    });
}

function readCase(file: string): HazardCase {
  const text = readFileSync(file, 'utf8');
  const head = /^(?:\/\/ [\w-]+: .*\n)+/.exec(text)?.[0] ?? '';
  const fields = new Map(
    [...head.matchAll(/^\/\/ ([\w-]+): (.*)$/gm)].map(([, key = '', value = '']) => [key, value.trim()]),
  );
  for (const key of fields.keys()) if (!keys.includes(key)) throw new Error(`${file}: what is "${key}"?`);
  const outcomes = (words: string) => words.split(' | ').map((one) => outcome(one, file));
  const process = outcomes(fields.get('expect') ?? '');
  const inProcess = fields.get('in-process');
  const expected = { process, 'in-process': inProcess === undefined ? process : outcomes(inProcess) };
  if (Object.values(expected).some(({ length }) => length > 1) !== fields.has('either'))
    throw new Error(`${file}: several outcomes and the reason for that (either) go together`);
  const aborted = fields.get('aborted');
  return {
    name: path.basename(file),
    code: text.slice(head.length),
    expected,
    timeoutSeconds: Number(fields.get('timeout') ?? timeoutSecondsDefault),
    abortAfterOutputMs: aborted === undefined ? undefined : Number(aborted),
    processOnly: fields.get('process-only'),
  };
}

function outcome(words: string, file: string): Outcome {
  const [word = '', ...rest] = words.split(' ');
  const status = runStatuses.find((one) => one === word);
  if (status === undefined) throw new Error(`${file}: "${word}" is no status`);
  const text = rest.join(' ');
  if ((text === '') !== wordless.includes(status))
    throw new Error(`${file}: "${words}" says too little, or too much, to be held against a result`);
  return { status, text };
}
