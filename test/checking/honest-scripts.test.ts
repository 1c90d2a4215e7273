/** What agents write without thinking of types, and what is right, must pass: a gate that refuses it is worse than none. */
import { expect, it } from 'vitest';
import { sharedChecker, statements } from './support.ts';

const check = sharedChecker();

const read = 'await files.read_text_file({ path: "a" })';

it.each([
  ['a result of unknown type', `const r = ${read}; return r.foo.bar[0].baz()`],
  [
    'callbacks on it',
    `const r = ${read}; return r.items.map(x => x.id).filter((y, i) => y && i).sort((a, b) => a - b)`,
  ],
  ['its entries', `for (const [k, v] of Object.entries(${read})) console.log(k, v.name)`],
  ['its values', `return Object.values(${read}).map(v => v.x)`],
  ['sets of it', `const s = new Set((${read}).map(x => x.id)); return [...s].map(x => x.name)`],
  ['maps of it', `const m = new Map((${read}).map(x => [x.id, x])); return m.get(1).name`],
  ['Array.from it', `return Array.from(${read}).map(x => x.name)`],
  [
    'groups of it',
    `const g = Object.groupBy(${read}, x => x.kind); return Object.entries(g).map(([k, v]) => v.length)`,
  ],
  [
    'reduce into an object',
    `return (${read}).reduce((all, x) => { all[x.k] = (all[x.k] ?? 0) + 1; return all }, {})`,
  ],
  ['a list that is filled', 'const out = []; for (const x of [1, 2]) out.push(x); return out'],
  [
    'a list that is filled in a callback',
    'const out = []; [1].forEach((x) => { out.push({ x }) }); return out.length',
  ],
  [
    'an object as a map',
    'const n = {}; for (const k of ["a", "b"]) n[k] = (n[k] ?? 0) + 1; return Object.entries(n)',
  ],
  ['functions without annotations', 'function f(a, b = 2, ...c) { return a + b + c.length } return f(1)'],
  ['recursion', 'function walk(n) { return [n.id, ...(n.kids ?? []).flatMap(walk)] } return walk(input)'],
  [
    'recursion over calls',
    'async function all(p) { const r = await files.list_directory({ path: p }); for (const d of r.dirs) await all(d) } await all(".")',
  ],
  [
    'a variable without a value',
    'let best; for (const x of [1, 2]) if (!best || x > best) best = x; return best',
  ],
  [
    'the error of a catch',
    `try { ${read} } catch (e) { return e instanceof ToolError ? e.kind : e.message }`,
  ],
  ['a cast of an error', `try { ${read} } catch (e) { return (e as Error).message + (e as any).x }`],
  [
    'all at once',
    `const all = await Promise.all(["a", "b"].map((path) => files.read_text_file({ path }))); return all[0].x`,
  ],
  [
    'settled',
    `const all = await Promise.allSettled(input.map(x => files.read_text_file({ path: x }))); return all.filter(r => r.status === "fulfilled").map(r => r.value.x)`,
  ],
  [
    'a race with a timer',
    `return (await Promise.race([files.read_text_file({ path: "a" }), new Promise((_, no) => setTimeout(() => no(new Error("late")), 5))])).x`,
  ],
  [
    'a promise of its own',
    'const wait = ms => new Promise(r => setTimeout(r, ms)); await wait(5); return (await new Promise(r => r({ a: 1 }))).a',
  ],
  ['a cast of a result', `const { items } = (${read}) as { items: string[] }; return items[0].length`],
  ['a declared result', 'const s = await my_notes.stats({}); return s.count.toFixed() + (s.newest ?? "")'],
  ['raw results', 'return (await files.read_text_file.raw({ path: "a" })).content[0]?.text'],
  ['raw structured content', 'return (await my_notes.stats.raw({})).structuredContent!.list[0].name'],
  [
    'decorators',
    'function mark(value: any, context: any) { return value } @mark class A { @mark go() {} } new A().go()',
  ],
  [
    'newer syntax',
    'const c = { a: 1 } satisfies Record<string, number>; class B { accessor x = 1; #p = c.a; static {} get p() { return this.#p } } { using r = { [Symbol.dispose]() {} }; r } const id = <T>(x: T) => x; return [new B().p, <number>id(3)]',
  ],
  ['a word in a variable', 'const args = { path: ".", sort: "name" }; await files.list_directory(args)'],
  ['words in a list', 'for (const sort of ["name", "size"]) await files.list_directory({ path: ".", sort })'],
  [
    'a part of a declared result that is left open',
    'const { rows } = await my_notes.stats({}); return rows.map((row) => ({ [row.team]: row.fields.total + 1 }))',
  ],
  ['the flat name', 'return await files__read_text_file({ path: "a", head: 3 })'],
  ["the server's own name of a tool", 'return await my_notes["add-note"]({ text: "x" })'],
  ['a computed name', 'const t: string = input.t; return await files[t]({})'],
  ['types of the API without an import', 'const f: FilesApi = files; const r: ToolResult = 1; return [f, r]'],
  ['arguments of unknown type', 'return await files.read_text_file(input)'],
  [
    'arguments from a result',
    `const r = ${read}; return await files.write_file({ path: r.path, content: r.text })`,
  ],
  [
    'what the sandbox has',
    'return [new URL("http://a").searchParams.get("q"), atob(btoa("x")), crypto.randomUUID(), structuredClone({ a: 1 }).a, new TextDecoder().decode(new TextEncoder().encode("x")), AbortSignal.timeout(5).aborted, new Set([1]).union(new Set([2])).size, [1].values().map(x => x).toArray(), Promise.withResolvers().promise]',
  ],
  [
    'timers',
    'const t = setInterval(() => {}, 5); clearInterval(t); queueMicrotask(() => {}); console.table([1])',
  ],
  [
    'a safe stop',
    'onStop(async () => { await files.write_file({ path: "a", content: "" }) }); onStop([{ tool: "files.read_text_file", args: { path: "a" } }])',
  ],
  ['generators', 'async function* g() { yield 1 } for await (const x of g()) console.log(x)'],
  ['an early return', 'if (input) return 1; const x = 2; return x'],
  [
    'enums and classes',
    'enum A { B } class C { constructor(private x: number) {} y; get z() { return this.x } } return [A.B, new C(1).z]',
  ],
])('%s', async (_, code) => {
  expect((await check(statements(code))).findings).toEqual([]);
});

it.each([
  [
    'import { files, my_notes__stats as stats } from "unified_api"; export default [await stats(), await files.read_text_file({ path: "a" })]',
  ],
  [
    'import { files } from "../generated/unified_api.ts"; export default async function main(input) { return files.read_text_file({ path: input.path }) }',
  ],
  [
    'import * as api from "./unified_api"; import type { FilesApi, ToolResult } from "unified_api"; const f: FilesApi = api.files; export default f',
  ],
  [
    'import { ToolError } from "unified_api.ts"; export default new ToolError("x", { server: "s", tool: "t", kind: "k" }).retrySafe',
  ],
])('the module %s', async (code) => {
  expect((await check(code)).findings).toEqual([]);
});
