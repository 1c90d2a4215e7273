/** The tools that a script can call: all of them, and no more than can be told. */
import { expect, it } from 'vitest';
import { sharedChecker, statements } from './support.ts';

const check = sharedChecker();

async function toolsOf(source: string) {
  return (await check(source, { listTools: true })).tools;
}

const read = 'files.read_text_file';
const write = 'files.write_file';
const stats = 'my_notes.stats';

it.each<[string, string[], string[]]>([
  ['return 1', [], []],
  ['// files.read_text_file\nreturn "files.write_file"', [], []],
  ['await files.read_text_file({ path: "a" })', [read], []],
  ['await files__read_text_file({ path: "a" }); await my_notes.stats.raw()', [read, stats], []],
  [
    'await my_notes["add-note"]({ text: "x" }); await files[`write_file`](input)',
    [write, 'my_notes.add_note'],
    [],
  ],
  ['await files /* a */ . // b\n read_text_file({ path: "é😀" })', [read], []],
  ['const f = files; const g = f; await g.write_file(input)', [write], []],
  ['const { read_text_file, write_file: w } = files; await w(input)', [read, write], []],
  ['const read = files.read_text_file; await read({ path: "a" })', [read], []],
  ['await (files as any).write_file({})', [write], []],
  ['await globalThis.files.write_file(input)', [write], []],
  ['type F = typeof files; let f: F; return 1', [], []],
  ['const t: string = input.t; await files[t]({})', [], ['files']],
  ['const { stats, ...rest } = my_notes; return rest', [stats], ['my_notes']],
  ['return [files, my_notes].map((s) => s)', [], ['files', 'my_notes']],
  ['const call = (s) => s.read_text_file(); await call(files)', [], ['files']],
  ['const f = files; await f[input]({})', [], ['files']],
  ['const all: any = globalThis; await all[input.s][input.t]()', [], ['*']],
  ['onStop([{ tool: "files.write_file", args: {} }, { tool: "my_notes__stats" }])', [write, stats], []],
  ['onStop([{ tool: input.tool }])', [], ['*']],
  ['const files = { read_text_file: () => 1 }; return files.read_text_file()', [], []],
  ['return [1].map((files) => files.toFixed())', [], []],
  ['function files__write_file() {} files__write_file(); await my_notes.stats()', [stats], []],
  ['await files.read_text_file({ path: "a" }); { const write_file = 1; }', [read], []],
  ['const own = { files }; await own.files.write_file(input)', [write], ['files']],
  ['const o = { write_file: 1 }; return [o.write_file, files?.["read_text_file"]]', [read], []],
  ['await files[files__write_file as any]({})', [write], ['files']],
  [
    'await Promise.all([1].map(files__write_file as any)); console.log(files__read_text_file)',
    [read, write],
    [],
  ],
])('%s', async (code, tools, anyOf) => {
  expect(await toolsOf(statements(code))).toEqual({ tools, anyOf });
});

it.each<[string, string[], string[]]>([
  [
    'import { files as f, my_notes__stats } from "unified_api"; export default await f.write_file({ path: "", content: "" })',
    [write, stats],
    [],
  ],
  ['import { files } from "./unified_api.ts"; export default files', [], ['files']],
  ['import * as api from "unified_api"; export default await api.my_notes.stats()', [stats], []],
  ['import * as api from "unified_api"; export default await (api as any)[input.s][input.t]()', [], ['*']],
  ['import * as api from "unified_api"; const own: any = api; export default own', [], ['*']],
  ['import * as api from "unified_api"; export default await (api as any).files.write_file({})', [], ['*']],
  [
    'import * as api from "unified_api"; export default await api["files"]["write_file"](input)',
    [write],
    ['files'],
  ],
  [
    'import * as api from "unified_api"; let t: typeof api; export default api.files.move({ files: [] })',
    ['files.move'],
    [],
  ],
])('of the module %s', async (code, tools, anyOf) => {
  expect(await toolsOf(code)).toEqual({ tools, anyOf });
});
