/**
 * One hazard: a script in `cases/TOPIC/`, named after what it does. Its first lines say what must become of it, and are
 * not part of it:
 *
 *     // expect: STATUS [text of the error's message or of the result as JSON] [| another outcome that is as good]
 *     // timeout: seconds
 *     // aborted: milliseconds after its first output
 *     // process-only: why only a process of its own can contain it
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type RunStatus, runStatuses } from '../../src/execution/run-result.ts';

export interface Expectation {
  readonly status: RunStatus;
  readonly text: string;
}

export interface HazardCase {
  readonly name: string;
  readonly code: string;
  readonly expected: readonly Expectation[];
  readonly timeoutSeconds: number;
  readonly abortAfterOutputMs: number | undefined;
  readonly processOnly: string | undefined;
}

export interface Topic {
  readonly name: string;
  readonly limits: Readonly<Record<string, number>>;
  readonly cases: readonly HazardCase[];
}

const root = path.join(import.meta.dirname, 'cases');
const timeoutSecondsDefault = 20;
const keys = new Set(['expect', 'timeout', 'aborted', 'process-only']);

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
  for (const key of fields.keys()) if (!keys.has(key)) throw new Error(`${file}: what is "${key}"?`);
  const aborted = fields.get('aborted');
  return {
    name: path.basename(file),
    code: text.slice(head.length),
    expected: (fields.get('expect') ?? '').split(' | ').map((one) => expectation(one, file)),
    timeoutSeconds: Number(fields.get('timeout') ?? timeoutSecondsDefault),
    abortAfterOutputMs: aborted === undefined ? undefined : Number(aborted),
    processOnly: fields.get('process-only'),
  };
}

function expectation(text: string, file: string): Expectation {
  const [word = '', ...rest] = text.split(' ');
  const status = runStatuses.find((one) => one === word);
  if (status === undefined) throw new Error(`${file}: "${word}" is no status`);
  return { status, text: rest.join(' ') };
}
