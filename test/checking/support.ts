/** A real checker with a catalogue of a few tools, and scripts as the gate wraps them. */
import { beforeAll, onTestFinished } from 'vitest';
import type { ApiDescription } from '../../src/checking/api-description.ts';
import {
  type CheckReport,
  type CheckRequest,
  ScriptChecker,
  type Unchecked,
} from '../../src/checking/script-checker.ts';
import { describeApi } from '../../src/codegen/checked-api.ts';
import { TypeCompiler } from '../../src/codegen/type-cache.ts';
import { defaultLimits, type Limits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { catalogue, type ServerFixture, tool } from '../codegen/support.ts';
import { endsLast } from '../support/ends-last.ts';
import type { OnEnd } from '../support/folder.ts';

const text = { type: 'string' };

export const servers: readonly ServerFixture[] = [
  {
    name: 'files',
    tools: [
      tool('read_text_file', { properties: { path: text, head: { type: 'number' } }, required: ['path'] }),
      tool('write_file', { properties: { path: text, content: text }, required: ['path', 'content'] }),
      tool('move', {
        properties: {
          files: {
            type: 'array',
            items: {
              type: 'object',
              properties: { from: text, to: text },
              required: ['from', 'to'],
              additionalProperties: false,
            },
          },
        },
        required: ['files'],
      }),
      tool('grant', {
        properties: { rule: { $ref: '#/$defs/rule' } },
        required: ['rule'],
        $defs: {
          rule: {
            type: 'object',
            properties: { who: text, and: { type: 'array', items: { $ref: '#/$defs/rule' } } },
            required: ['who'],
          },
        },
      }),
      tool('list_directory', {
        properties: { path: text, sort: { enum: ['name', 'size'] } },
        required: ['path'],
      }),
    ],
  },
  {
    name: 'my-notes',
    tools: [
      tool('add-note', { properties: { text }, required: ['text'] }),
      // Of more arguments than a signature has room for.
      tool('share', {
        properties: {
          ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`option_number_${index}`, text])),
          access: {
            type: 'object',
            properties: {
              people: {
                type: 'array',
                items: {
                  type: 'object',
                  properties: { email: text, role: { enum: ['https://roles.example.com/v1/reader-of-all'] } },
                  required: ['email', 'role'],
                  additionalProperties: false,
                },
              },
            },
            additionalProperties: false,
          },
        },
      }),
      tool(
        'stats',
        {},
        {
          outputSchema: {
            type: 'object',
            properties: { count: { type: 'number' }, newest: text, rows: { type: 'array', items: {} } },
            required: ['count', 'rows'],
            additionalProperties: false,
          },
        },
      ),
    ],
  },
];

export async function describeFixtures(
  fixtures: readonly ServerFixture[] = servers,
): Promise<ApiDescription> {
  const compiler = new TypeCompiler({ log: silentLog });
  const described = catalogue(fixtures);
  const types = await compiler.typesOf(described.flatMap((server) => server.tools));
  await compiler.close();
  return describeApi(described, types);
}

export function startChecker(limits: Partial<Limits> = {}, onEnd: OnEnd = onTestFinished): ScriptChecker {
  const checker = new ScriptChecker({ limits: { ...defaultLimits(), ...limits }, log: silentLog });
  onEnd(() => checker.close());
  return checker;
}

/** One checker for all tests of a file. @returns checks scripts against the fixtures' API */
export function sharedChecker(): (
  sources: string | readonly string[],
  more?: Partial<CheckRequest>,
) => Promise<CheckReport> {
  const onEnd = endsLast();
  let checker: ScriptChecker;
  let api: ApiDescription;
  beforeAll(async () => {
    checker = startChecker({}, onEnd);
    api = await describeFixtures();
  });
  return async (sources, more) => {
    const texts = typeof sources === 'string' ? [sources] : sources;
    return reported(await checker.check({ sources: texts, api, ...more }));
  };
}

/** Statements in an async function that begins on their own line. */
export function statements(code: string): string {
  return `(async () => {${code}\n})();`;
}

export function reported(answer: CheckReport | Unchecked): CheckReport {
  if ('unchecked' in answer) throw new Error(`not checked: ${answer.unchecked}`);
  return answer;
}
