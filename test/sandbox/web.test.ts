/** The web APIs of the guest, against those of Node: the same expressions in both give the same values. */
import { runInThisContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

const sandbox = new Sandbox();
afterAll(() => sandbox.close());

/** In the sandbox and in Node. */
async function sameAsNode(expression: string): Promise<void> {
  const here: unknown = await runInThisContext(`(async () => ${expression})()`);
  expect(await sandbox.value(`return ${expression}`)).toEqual(JSON.parse(JSON.stringify(here)));
}

const parts = `(text, base) => { try { const u = new URL(text, base); return [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash] } catch (e) { return e.name } }`;

describe('URL', () => {
  test.each<[string, string?]>([
    ['https://user:p%40ss@Example.COM:8080/a/b/../c/./d?x=1&y=a b#frag ment'],
    ['http://example.com:80'],
    ['https://example.com'],
    ['https://example.com/a%20b/%7e?q=\'"<>'],
    ['HTTP:\\\\example.com\\a\\b'],
    ['http:example.com/x'],
    ['file:///etc/../passwd'],
    ['file:a/b'],
    ['file://localhost/x'],
    ['mailto:someone@example.com?subject=hi'],
    ['data:text/plain;base64,SGk='],
    ['urn:isbn:123'],
    ['redis://user@host:6379/0'],
    ['foo://bar'],
    ['foo:/a/../b'],
    ['  https://example.com/trim\n '],
    ['https://192.168.1.1/'],
    ['https://0x7f.1/'],
    ['https://[2001:DB8:0:0:0:0:0:1]:443/'],
    ['https://[::ffff:1.2.3.4]/'],
    ['https://example.com/%2e%2e/a'],
    ['https://example.com?'],
    ['https://example.com#'],
    ['https://ex ample.com'],
    ['https://'],
    ['https://a:99999/'],
    ['https://256.1.1.1/'],
    ['not a url'],
    [''],
    ['/x/y?z', 'https://a.b/c/d?e#f'],
    ['../x', 'https://a.b/c/d/e'],
    ['x', 'https://a.b/c/d'],
    ['?q=2', 'https://a.b/c/d?e#f'],
    ['#g', 'https://a.b/c/d?e#f'],
    ['', 'https://a.b/c/d?e#f'],
    ['//other/x', 'https://a.b/c'],
    ['https://z/', 'https://a.b/c'],
    ['#g', 'mailto:a@b'],
    ['x', 'mailto:a@b'],
    ['x', 'file:///a/b'],
    ['日本/ü?ä=ö#ß', 'https://a.b/'],
  ])('%s on %s', async (text, base) => {
    await sameAsNode(`(${parts})(${JSON.stringify(text)}, ${JSON.stringify(base)})`);
  });

  test('setters and search parameters', async () => {
    await sameAsNode(`(() => {
      const u = new URL('https://a.b:8080/c?x=1#h'); const seen = [];
      for (const [name, value] of [['protocol', 'http'], ['host', 'c.d:80'], ['hostname', 'e.f'], ['port', '81'], ['port', 'x'], ['pathname', 'p q/../r'], ['search', 'y=2&z'], ['hash', 'i j'], ['username', 'me@'], ['password', 'p:w']]) { u[name] = value; seen.push(u.href) }
      u.searchParams.append('w', 'ä &'); seen.push(u.href); u.searchParams.delete('z'); u.searchParams.set('y', 3); seen.push(u.search); u.search = ''; seen.push(u.searchParams.size, u.href);
      return seen })()`);
  });

  test('URLSearchParams', async () => {
    await sameAsNode(`(() => { const p = new URLSearchParams('?a=1&b=2&a=3&c=%20+x&d&=e'); p.sort(); return [p.toString(), p.get('a'), p.getAll('a'), p.get('nope'), p.has('b', '2'), [...p], [...p.keys()], p.size,
      new URLSearchParams({ x: '1 2', y: 'é' }).toString(), new URLSearchParams([['q', '~*-._!']]).toString()] })()`);
  });

  test('canParse and parse', async () => {
    await sameAsNode(
      `[URL.canParse('x'), URL.canParse('x', 'http://a'), URL.parse('x'), URL.parse('http://a').href]`,
    );
  });
});

describe('encoding', () => {
  test.each([
    `[...new TextEncoder().encode('aé€🙂\\ud800z')]`,
    `new TextEncoder().encodeInto('é€x', new Uint8Array(4))`,
    `new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x99, 0x82]))`,
    `new TextDecoder().decode(new Uint8Array([0xff, 0x61, 0xc3, 0x28, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80, 0xf0, 0x9f]))`,
    `(() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), d.decode(new Uint8Array([0xac, 0x61]), { stream: true }), d.decode()] })()`,
    `(() => { try { return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])) } catch (e) { return e.name } })()`,
    `[btoa('hello'), btoa(''), btoa('a'), btoa('ab\\xff'), atob('aGVsbG8='), atob('aGVs bG8'), atob('')]`,
  ])('%s', sameAsNode);

  test('base64 of what is not base64 is refused', async () => {
    expect(
      await sandbox.value(
        `const bad = []; for (const f of [() => atob('a'), () => atob('*'), () => btoa('€')]) try { f() } catch (e) { bad.push(e.name) } return bad`,
      ),
    ).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });
});

describe('structuredClone', () => {
  test.each([
    `(() => { const a = { d: new Date(5), m: new Map([[1, new Set([2])]]), r: /x/g, n: null }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.d.getTime(), b.m.get(1).has(2), b.r.flags, b.n] })()`,
    `(() => { const v = new Uint16Array([1, 2, 3]).subarray(1); const c = structuredClone(v); return [c.length, c[0], c.byteOffset, c.buffer !== v.buffer] })()`,
    `(() => { const e = structuredClone(new TypeError('t', { cause: 1 })); return [e instanceof TypeError, e.message, e.cause] })()`,
    `[() => {}, Symbol('s'), Promise.resolve(), new WeakMap()].map((v) => { try { structuredClone(v); return 'cloned' } catch (e) { return e.name } })`,
  ])('%s', sameAsNode);
});

describe('abort', () => {
  test.each([
    `(() => { const c = new AbortController(); const seen = []; c.signal.addEventListener('abort', (e) => seen.push(e.type)); c.signal.onabort = () => seen.push('on'); c.abort('why'); c.abort('again'); return [seen.length, c.signal.aborted, c.signal.reason] })()`,
    `(() => { const c = new AbortController(); c.abort(); try { c.signal.throwIfAborted() } catch (e) { return [e.name, e instanceof Error] } })()`,
    `new Promise((go) => { const s = AbortSignal.timeout(5); s.addEventListener('abort', () => go(s.reason.name)); setTimeout(() => {}, 100) })`,
    `(() => { const a = new AbortController(); const s = AbortSignal.any([a.signal, AbortSignal.timeout(1e5)]); a.abort(7); return [s.aborted, s.reason, AbortSignal.any([AbortSignal.abort(8)]).reason] })()`,
    `(() => { try { new AbortSignal() } catch (e) { return e.name } })()`,
  ])('%s', sameAsNode);
});

describe('crypto', () => {
  test('gives fresh randomness', async () => {
    const code = `const bytes = crypto.getRandomValues(new Uint8Array(64)); return [crypto.randomUUID(), crypto.randomUUID(), new Set(bytes).size > 20, crypto.getRandomValues(new Uint32Array(0)).length]`;
    const value = (await sandbox.value(code)) as string[];
    expect(value[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(value[1]).not.toBe(value[0]);
    expect(value.slice(2)).toEqual([true, 0]);
    expect((await sandbox.run('crypto.getRandomValues(new Float64Array(1))')).failure?.name).toBe(
      'TypeError',
    );
    expect((await sandbox.run('crypto.getRandomValues(new Uint8Array(1e5))')).failure?.name).toBe(
      'RangeError',
    );
  });
});

describe('timers', () => {
  test.each([
    `new Promise((go) => { const seen = []; setTimeout(() => go(seen), 30); setTimeout(() => seen.push('b'), 10); setTimeout((x) => seen.push(x), 5, 'a'); clearTimeout(setTimeout(() => seen.push('no'), 1)); Promise.resolve().then(() => seen.push('micro')); queueMicrotask(() => seen.push('micro2')) })`,
    `new Promise((go) => { let n = 0; const id = setInterval(() => { if (++n === 3) { clearInterval(id); go(n) } }, 2) })`,
    `new Promise((go) => { const seen = []; setTimeout(() => { seen.push(1); Promise.resolve().then(() => seen.push(2)) }, 1); setTimeout(() => { seen.push(3); go(seen) }, 1) })`,
    `(() => { try { setTimeout('code') } catch (e) { return e.name } })()`,
  ])('%s', sameAsNode);

  test('many timers, each earlier than the one before', async () => {
    const code = `const fired = []; await Promise.all(Array.from({ length: 200 }, (_, i) => new Promise((go) => setTimeout(() => { fired.push(i); go() }, 400 - i)))); return fired.length`;
    expect(await sandbox.value(code)).toBe(200);
  });
});
