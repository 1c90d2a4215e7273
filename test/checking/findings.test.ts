/** What is refused, where, and with which help: an agent's second attempt must be right. */
import { describe, expect, it } from 'vitest';
import { sharedChecker, statements } from './support.ts';

const check = sharedChecker();

async function findingsOf(code: string) {
  const source = statements(code);
  const { findings } = await check(source);
  return findings.map(({ start, ...finding }) => ({ ...finding, at: source.slice(start).split(/\W/)[0] }));
}

const noTool = (name: string) => `Server "files" has no tool "${name}".`;
const didYouMean = 'Did you mean files.read_text_file?';

describe('a name that is wrong', () => {
  it.each([
    ['await files.read_text_fil({})', 'read_text_fil', noTool('read_text_fil'), didYouMean],
    ['await files["read_text_fil"]({})', '', noTool('read_text_fil'), didYouMean],
    ['const { read_text_fil } = files;', 'read_text_fil', noTool('read_text_fil'), didYouMean],
    ['const f = files; await f.read_text_fil({})', 'read_text_fil', noTool('read_text_fil'), didYouMean],
    ['await fils.read_text_file({})', 'fils', "Cannot find name 'fils'. Did you mean 'files'?", undefined],
    [
      'await files__read_txt_file({})',
      'files__read_txt_file',
      "Cannot find name 'files__read_txt_file'. Did you mean 'files__read_text_file'?",
      undefined,
    ],
    ['await notes.stats()', 'notes', "Cannot find name 'notes'.", 'Did you mean my_notes?'],
    [
      'await files__show_me_a_whole_directory({})',
      'files__show_me_a_whole_directory',
      "Cannot find name 'files__show_me_a_whole_directory'.",
      'Its tools with such words in their names: files__list_directory. Find others by tool_search.',
    ],
    [
      'await files.delete({})',
      'delete',
      noTool('delete'),
      'Its tools: read_text_file, write_file, move, grant, list_directory.',
    ],
    [
      'await callTool("files", "move", {})',
      'callTool',
      "Cannot find name 'callTool'.",
      'Tools are called as `await server.tool({...})`; every server is a global. Servers: files, my_notes.',
    ],
    [
      'await tools.files.move({ files: [] })',
      'tools',
      "Cannot find name 'tools'.",
      expect.stringContaining('every server is a global. Servers: files'),
    ],
    ['answer = 1', 'answer', "Cannot find name 'answer'.", 'Declare it: `const answer = ...`.'],
    ['if (answer == 1) return 2', 'answer', "Cannot find name 'answer'.", undefined],
    ['await import("fs")', '', 'Cannot import "fs".', expect.stringContaining('Import only from')],
    [
      'process.exit(1)',
      'process',
      "Cannot find name 'process'.",
      expect.stringContaining('There is no process'),
    ],
    ['await fetch("http://a")', 'fetch', "Cannot find name 'fetch'.", expect.stringContaining('no network')],
    [
      'require("fs")',
      'require',
      "Cannot find name 'require'.",
      expect.stringContaining('Nothing can be loaded'),
    ],
  ])('%s', async (code, at, message, hint) => {
    const [finding, ...others] = await findingsOf(code);
    expect({ ...finding, hint: finding?.hint }).toMatchObject({ at, message, hint });
    expect(others).toEqual([]);
  });
});

describe('arguments that are wrong', () => {
  const takes = 'It takes: files.read_text_file({ path: string; head?: number })';
  const noString = "Type 'number' is not assignable to type 'string'.";
  it.each([
    ['await files.read_text_file({ path: 3 })', 'path', `Property 'path': ${noString}`, takes],
    ['await files.read_text_file.raw({ path: 3 })', 'path', `Property 'path': ${noString}`, takes],
    ['await files["read_text_file"]({ path: 3 })', 'path', `Property 'path': ${noString}`, takes],
    ['await files__read_text_file({ path: 3 })', 'path', `Property 'path': ${noString}`, takes],
    [
      'const args = { path: 3 }; await files.read_text_file(args)',
      'args',
      `Property 'path': ${noString}`,
      takes,
    ],
    ['await files.read_text_file()', 'read_text_file', 'A tool takes one object of arguments.', takes],
    ['await files.read_text_file("a")', '', 'A tool takes one object of arguments.', takes],
    ['await files.read_text_file("a", 3)', '3', 'A tool takes one object of arguments.', takes],
    [
      'await files.read_text_file({ pathh: "a" })',
      'pathh',
      "Unknown property 'pathh'.",
      `Did you mean 'path'? ${takes}`,
    ],
    [
      'await files.read_text_file({ file_path: "a" })',
      'file_path',
      "Unknown property 'file_path'.",
      `Did you mean 'path'? ${takes}`,
    ],
    ['await files.read_text_file({ zzz: 1 })', 'zzz', "Unknown property 'zzz'.", takes],
    ['await files.read_text_file({ head: 1 })', '', "Property 'path' is missing.", takes],
    [
      'await files.write_file({})',
      '',
      "Properties 'path', 'content' are missing.",
      'It takes: files.write_file({ path: string; content: string })',
    ],
    [
      'await files.move({ files: [{ from: "a" }] })',
      '',
      "Property 'to' in 'files[0]' is missing.",
      'It takes: files.move({ files: { from: string; to: string }[] })',
    ],
    [
      'await files.move({ files: [{ from: "a", target: "b" }] })',
      'target',
      "Unknown property 'target'.",
      'It takes: files.move({ files: { from: string; to: string }[] })',
    ],
    [
      'const list = [{ from: "a", to: 1 }]; await files.move({ files: list })',
      'files',
      `Property 'to': ${noString}`,
      'It takes: files.move({ files: { from: string; to: string }[] })',
    ],
    [
      'await files.list_directory({ path: ".", sort: "date" })',
      'sort',
      `Property 'sort': Type '"date"' is not assignable to type '"name" | "size" | undefined'.`,
      'It takes: files.list_directory({ path: string; sort?: "name" | "size" })',
    ],
    [
      'const found = ["a"].find((x) => x); await files.read_text_file({ path: found })',
      'path',
      "Property 'path': Type 'undefined' is not assignable to type 'string'.",
      `Check it first, or use \`!\` where you know that it is there. ${takes}`,
    ],
    [
      'await files.grant({ rule: {} })',
      'rule',
      expect.stringContaining('missing'),
      expect.stringMatching(
        /^It takes: files\.grant\(\{ rule: \w+ \}\) where (\w+) = \{ who: string; and\?: \1\[\]/,
      ),
    ],
  ])('%s', async (code, at, message, hint) => {
    expect(await findingsOf(code)).toMatchObject([{ at, message, hint }]);
  });

  it('are not seen where a text may be one of the words, but only in a call', async () => {
    const code =
      'const sort: string = input; await files.list_directory({ path: ".", sort }); const own: "a" | "b" = sort';
    expect(await findingsOf(code)).toMatchObject([{ code: 'TS2322', at: 'own' }]);
  });

  it.each([
    [
      'email: 3, role: "https://roles.example.com/v1/reader-of-all"',
      "Property 'email': Type 'number' is not assignable to type 'string'.",
    ],
    ['email: "a"', "Property 'role' in 'access.people[1]' is missing."],
    ['mail: "a", role: "https://roles.example.com/v1/reader-of-all"', "Unknown property 'mail'."],
  ])('deep inside are told with what belongs there: %s', async (properties, message) => {
    const code = `const good = { email: "a", role: "https://roles.example.com/v1/reader-of-all" } as const; await my_notes.share({ access: { people: [good, { ${properties} }] } })`;
    const [finding, ...others] = await findingsOf(code);
    expect(others).toEqual([]);
    expect(finding?.message).toBe(message);
    expect(finding?.hint).toMatch(
      /^(?:Did you mean 'email'\? )?access\.people\[1\] takes \{email: string, role: "https:\/\/roles\.example\.com\/v1\/reader-of-all"\}\. It takes: my_notes\.share\(/,
    );
  });

  it('say what the tool takes once', async () => {
    const findings = await findingsOf('await files.read_text_file({ path: 3, head: "x" })');
    expect(findings.map(({ hint }) => hint)).toEqual([takes, undefined]);
  });
});

describe('other mistakes', () => {
  it.each([
    ['const r = files.read_text_file({ path: "a" }); return r.lines', 'TS2339', /`await` missing/],
    [
      'return ["a"].map((path) => files.read_text_file({ path })).map((r) => r.lines)',
      'TS2339',
      /await Promise\.all\(list\)/,
    ],
    ['if (files.read_text_file({ path: "a" })) return 1', 'TS2801', /`await` missing/],
    ['const o = {}; o.x = 1; return o', 'TS2339', /Record<string, any>/],
    ['return [1].find((x) => x > 1).toFixed()', 'TS2532', /Check it first/],
    ['return (await my_notes.stats()).total', 'TS2339', undefined],
    ['const n: number = "x"; return n', 'TS2322', undefined],
    ['return new Date() - new Date(0)', 'TS2362', /getTime/],
  ])('%s', async (code, expected, hint) => {
    const [finding] = await findingsOf(code);
    expect(finding?.code).toBe(expected);
    if (hint) expect(finding?.hint).toMatch(hint);
    else expect(finding?.hint).toBeUndefined();
  });

  it('no code is switched off by the way a script is wrapped', async () => {
    const codes = (await findingsOf('const a = 1; a = 2; let b: string = a; return noSuchThing + b.x')).map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['TS2588', 'TS2322', 'TS2304', 'TS2339']);
  });
});

it('lists ten and counts all', async () => {
  const code = Array.from({ length: 25 }, (_, index) => `const n${index}: number = "x";`).join('\n');
  const { findings, total } = await check(statements(code));
  expect(findings).toHaveLength(10);
  expect(total).toBe(25);
});

it('cuts what is long', async () => {
  const wide = `{ ${Array.from({ length: 200 }, (_, index) => `property_${index}: "${'v'.repeat(50)}"`).join('; ')} }`;
  const [finding] = await findingsOf(
    `declare const wide: ${wide}; const n: number = wide; return wide.nothing`,
  );
  expect(finding?.message.length).toBeLessThan(400);
});

it('takes the second reading of a script where the first makes no sense', async () => {
  const code = 'const text = `\nexport default 1\n`; const n: number = text; return n';
  const answer = await check([code, statements(code)]);
  expect(answer.source).toBe(1);
  expect(answer.findings).toMatchObject([{ code: 'TS2322' }]);
});

it.each([
  [
    'import { files } from "unified_api";\ndeclare module "unified_api" { interface FilesApi { nope(x: any): any } }\nexport default files.nope({})',
    'TS2671',
  ],
  ['import { files } from "unified_api";\ndeclare global { var more: any }\nexport default more', 'TS2669'],
])('the API cannot be added to: %s', async (code, expected) => {
  const { findings } = await check(code);
  expect(findings).toMatchObject([{ code: expected, message: expect.stringContaining('added to') }]);
});

it('what only looks like a declaration passes', async () => {
  expect(await findingsOf('const text = `\ndeclare module "x" {}\n`; return text.length')).toEqual([]);
});

it('cannot be made to read files', async () => {
  const code =
    '/// <reference path="/etc/passwd" />\nimport data from "/etc/hostname"; import x from "../package.json"; export default [data, x]';
  const { findings } = await check(code);
  expect(findings.map(({ code: found }) => found)).toEqual(['TS6231', 'TS2307', 'TS2307']);
});
