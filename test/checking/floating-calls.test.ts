/** What a script's text starts and does not await. */
import { expect, it } from 'vitest';
import { sharedChecker, statements } from './support.ts';

const check = sharedChecker();

const work = 'async function work() { return await files.read_text_file({ path: "a" }) }\n';

it.each<[string, string[]]>([
  ['files.read_text_file({ path: "a" });', ['files.read_text_file']],
  [
    'my_notes["add-note"]({ text: "a" });\nfiles__read_text_file({ path: "a" })',
    ['my_notes["add-note"]', 'files__read_text_file'],
  ],
  [`${work}work();`, ['work']],
  [
    'const main = async () => { await files.read_text_file({ path: "a" }) };\nif (input) { main() }',
    ['main'],
  ],
  [
    'input.rows.forEach(async (row) => { await files.read_text_file({ path: row }) });',
    ['input.rows.forEach'],
  ],
  [`${work}await work(); const later = work(); void work(); await later; return work()`, []],
  [`${work}const text = \`\nwork();\`; // work();\nreturn text`, []],
  ['function work() { return 1 }\nwork();\n[1].forEach((x) => console.log(x)); console.log(1)', []],
  ['async function* rows() { yield 1 }\nfor await (const row of rows()) console.log(row)', []],
  ['await Promise.all(["a"].map(async (path) => files.read_text_file({ path })))', []],
])('%s', async (code, callees) => {
  const { findings, floating = [] } = await check(statements(code));
  expect(findings).toEqual([]);
  expect(floating.map(({ callee }) => callee)).toEqual(callees);
});
