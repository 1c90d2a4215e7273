/**
 * What an agent reads when its script of 60 lines has failed: within 400 tokens, what it needs to be right the second
 * time. A token is taken for 3.5 characters, which is on the safe side for code.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../support/ends-last.ts';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';

let served: Served;
const onEnd = endsLast();

beforeAll(async () => {
  const servers = {
    airtable: fixture('defined-tools.mjs', 'airtable'),
    calendar: fixture('defined-tools.mjs', 'google-calendar'),
    azure: fixture('defined-tools.mjs', 'azure'),
    notion: fixture('defined-tools.mjs', 'notion'),
    crash: fixture('crashes-on-call.mjs'),
    plain: fixture('plain-tools.mjs'),
    tracker: fixture('untyped-results.mjs'),
    slow: fixture('slow.mjs'),
    keyed: { ...fixture('names-its-key.mjs'), env: { API_KEY: 'sk-live-0123456789' } },
  };
  served = await serve(setUp(servers, { limits: { leftCallMsMax: 300 } }, onEnd), { onEnd });
});

const linesAll = 60;

/** The flaw in the middle of a report that an agent would write: 60 lines in all. */
function script(flaw: string): string {
  const head = `// Collects the open issues, groups them by label and writes a short report.
interface Row {
  number: number;
  title: string;
  label: string;
}
const started = Date.now();
const rows: Row[] = [];
const labels = ['bug', 'docs', 'feature'];
function labelOf(title: string): string {
  const found = labels.find((label) => title.toLowerCase().includes(label));
  return found ?? 'other';
}
function chunk<T>(list: T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < list.length; at += size) {
    chunks.push(list.slice(at, at + size));
  }
  return chunks;
}
for (const number of [1, 2, 3]) {
  const { title } = await tracker.issue({ number });
  rows.push({ number, title, label: labelOf(title) });
}`;
  const tail = `const byLabel = Object.groupBy(rows, (row) => row.label);
const sections = Object.entries(byLabel).map(([label, list]) => {
  const items = list.map((row) => \`- #\${row.number} \${row.title}\`);
  return [\`## \${label} (\${list.length})\`, ...items].join('\\n');
});
return {
  report: sections.join('\\n\\n'),
  pages: chunk(rows, 10).length,
  ms: Date.now() - started,
};`;
  const used = [head, flaw, tail].join('\n').split('\n').length;
  const filler = Array.from(
    { length: Math.max(0, linesAll - used) },
    (_, index) => `// Step ${index + 1} is done above.`,
  );
  return [head, flaw, ...filler, tail].join('\n');
}

const forty = 'const list = Array.from({ length: 40 }, (_, index) => index);';
const record = '{ baseId: "appAbc", tableId: "tblDef"';

interface Failure {
  readonly flaw: string;
  readonly check?: 'off';
  readonly timeout?: number;
  /** What the text must hold for the second attempt to be right. */
  readonly needs: readonly (string | RegExp)[];
}

const failures: { readonly [name: string]: Failure } = {
  'a tool that is misspelt': {
    flaw: `const found = await airtable.listRecords(${record} });`,
    needs: ['Server "airtable" has no tool "listRecords"', 'Did you mean airtable.list_records?', '> 25 |'],
  },
  'an argument by another name': {
    flaw: `const found = await airtable.list_records(${record}, filter: "{Done}" });`,
    needs: [
      "Unknown property 'filter'",
      "Did you mean 'filterByFormula'?",
      'baseId: string; tableId: string',
    ],
  },
  'an argument of another kind': {
    flaw: `const found = await airtable.list_records(${record}, maxRecords: "10" });`,
    needs: ["Property 'maxRecords': Type 'string' is not assignable to type 'number", 'maxRecords?: number'],
  },
  'arguments that are missing, of a tool with many': {
    flaw: 'await azure.compute_vm_create({ location: "westeurope" });',
    needs: [
      "Properties 'resource-group', 'vm-name'",
      'It takes: azure.compute_vm_create({ "resource-group": string; "vm-name": string; location: string',
    ],
  },
  'arguments one after the other': {
    flaw: 'await airtable.list_records("appAbc", "tblDef");',
    needs: ['A tool takes one object of arguments', 'baseId: string; tableId: string'],
  },
  'a body that is nested wrongly': {
    flaw: 'await notion.API_post_page({ parent: { page: "x" }, properties: {} });',
    needs: ["Property 'type' in 'parent' is missing", 'page_id: string'],
  },
  'an `await` that is missing': {
    flaw: `const found = airtable.list_records(${record} });\nconst ids = found.map((one) => one.id);`,
    needs: ['`await` missing', '> 26 |'],
  },
  'twenty mistakes': {
    flaw: Array.from({ length: 20 }, (_, i) => `await plain.add({ a: ${i}, b: "x", c: ${i} });`).join('\n'),
    needs: [
      "Property 'b': Type 'string' is not assignable to type 'number'",
      'plain.add({ a: number; b: number })',
      /and \d+ more/,
    ],
  },
  'a field that the result does not have': {
    flaw: 'const all = await tracker.issues({});\nconst open = all.issues.filter((one) => one.state === "open");',
    needs: [
      "reading 'filter'",
      '> 26 |',
      'tracker.issues gave: { number: number; title: string; state: string; milestone?: {',
    ],
  },
  'a field that is absent in a helper': {
    flaw: 'function due(issue) {\n  return issue.milestone.due_on;\n}\nconst first = await tracker.issue({ number: 1 });\nconst when = due(first);',
    needs: [
      "reading 'due_on'",
      '> 26 |',
      'called from line 29',
      'tracker.issue gave: { number: number; title: string; state: string }',
    ],
  },
  'a result that is parsed twice': {
    flaw: 'const one = JSON.parse(await tracker.issue({ number: 2 }));',
    needs: ['> 25 |', 'already parsed'],
  },
  'a failure of the server, with a page of HTML and secrets among the arguments': {
    flaw: `await airtable.list_records({ baseId: "fail", tableId: "${'t'.repeat(400)}", apiKey: "key-12345", note: "${'n'.repeat(900)}" } as any);`,
    check: 'off',
    needs: [
      '502 Bad Gateway',
      '"apiKey":"[hidden]"',
      'safe to repeat that call',
      'airtable.list_records line 25: failed',
    ],
  },
  'arguments that a schema refuses as it runs': {
    flaw: `${forty}\nawait airtable.list_records({ base: "appAbc", tableId: "x", fields: list.map(String) });`,
    check: 'off',
    needs: ['args.baseId is missing', 'Is it what you gave as "base"?', 'baseId: string, tableId: string'],
  },
  'forty writes before the fault': {
    flaw: `${forty}\nfor (const a of list) {\n  await plain.add({ a, b: 1 });\n  if (a === 39) await plain.fail({});\n}`,
    needs: [
      'plain.fail failed: it failed, as always',
      '#3-#42 plain.add line 27: done, may have written (40 calls)',
      '> 28 |',
    ],
  },
  'one of many at once': {
    flaw: `${forty}\nawait Promise.all(list.map((a) => (a === 20 ? plain.fail({ a }) : plain.add({ a, b: 1 }))));`,
    needs: ['args: {"a":20}', 'plain.add line 26: done, may have written (20 calls)', '> 26 |'],
  },
  'a server that dies': {
    flaw: 'await crash.crash({ a: 1 });',
    needs: ['exit code 134', 'fatal: out of luck', 'UNKNOWN OUTCOME', 'look before you send it again'],
  },
  'much output before': {
    flaw: 'for (let i = 0; i < 200; i++) console.log("working on item", i, "of the list");\nthrow new Error("no more room");',
    needs: ['no more room', '> 26 |', 'item 199', 'are in `output`'],
  },
  'a time limit': {
    flaw: 'for (;;) await slow.sleep_ms({ ms: 30 });',
    timeout: 1,
    needs: ['did not end within 1 s', 'timeout', /#3-#\d+ slow\.sleep_ms line 25: done/],
  },
  'a call that nothing awaits': {
    flaw: 'plain.fail({ step: 3 });',
    needs: ['`plain.fail` on line 25 was never awaited, and failed', '> 25 |'],
  },
  'a promise in the result': {
    flaw: 'return { sums: rows.map((row) => plain.add({ a: row.number, b: 1 })) };',
    needs: [
      'result.sums[0] is a Promise',
      'Promise.all',
      'plain.add line 25: done, may have written, never awaited (3 calls)',
    ],
  },
  'an error with a cause': {
    flaw: 'try {\n  JSON.parse("{");\n} catch (cause) {\n  throw new Error("the settings cannot be read", { cause });\n}',
    needs: ['the settings cannot be read (caused by: SyntaxError', '> 28 |'],
  },
  'a bracket that is not closed': {
    flaw: 'const pairs = rows.map((row) => [row.number, row.title);',
    needs: ['SyntaxError', '> 25 |'],
  },
  'what the sandbox does not have': {
    flaw: 'const page = await fetch("https://example.org");',
    needs: ["Cannot find name 'fetch'", 'There is no network here'],
  },
};

describe('an agent is told what it needs, in under 400 tokens', () => {
  it.each(Object.entries(failures))('%s', { timeout: 20_000 }, async (_, { flaw, needs, check, timeout }) => {
    const code = script(flaw);
    expect(code.split('\n').length).toBeLessThanOrEqual(linesAll + 1);
    const { text, isError } = await served.run(code, {
      ...(check && { check }),
      ...(timeout && { timeout }),
    });
    expect(isError).toBe(true);
    for (const need of needs) expect(text).toMatch(need instanceof RegExp ? need : new RegExp(escaped(need)));
    expect(text.length / 3.5, text).toBeLessThan(400);
    // Nothing of our own.
    expect(text).not.toMatch(/key-12345|node_modules|\/dist\/|at .*\.[jt]s:\d+/);
  });
});

it('a server that names the key it refuses does not give it away', async () => {
  const run = await served.run('await keyed.list({})');
  expect(run.error).toMatchObject({ message: 'keyed.list failed: 401: the key [hidden] is not valid' });
  const caught = await served.run(
    'try { await keyed.list({}) } catch (error) { return [error.message, error.content] }',
  );
  expect(caught.status).toBe('success');
  expect(JSON.stringify([run, caught])).not.toContain('sk-live');
});

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
