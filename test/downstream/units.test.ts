// The small parts: lines, gate, texts, headers, Windows commands.
import { describe, expect, it } from 'vitest';
import { Gate } from '../../src/downstream/gate.ts';
import { LineReader } from '../../src/downstream/line-reader.ts';
import {
  paramHeaderDeclarations,
  paramHeaderProblem,
  paramHeaders,
} from '../../src/downstream/param-headers.ts';
import { cleanText, createRedact } from '../../src/downstream/problem.ts';
import { windowsCommand } from '../../src/downstream/windows-command.ts';
import { http, stdio } from './support.ts';

function readLines(chunks: string[], lineBytesMax = 100) {
  const lines: string[] = [];
  const oversized: { head: string; tail: string; bytes: number }[] = [];
  const reader = new LineReader({
    lineBytesMax,
    onLine: (line) => lines.push(line.toString()),
    onOversize: (head, tail, bytes) => oversized.push({ head, tail, bytes }),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return { lines, oversized };
}

describe('LineReader', () => {
  it('cuts lines wherever the chunks end', () => {
    const all = 'one\ntwo is longer\n\nthree\n';
    for (let size = 1; size <= all.length; size += 1) {
      const chunks = all.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(readLines(chunks).lines).toEqual(['one', 'two is longer', 'three']);
    }
  });

  it('skips lines over the limit, in one chunk or many', () => {
    const long = `${'a'.repeat(3_000)}${'z'.repeat(3_000)}`;
    for (const chunks of [[`${long}\nok\n`], [...(long.match(/.{1,700}/g) ?? []), '\nok', '\n']]) {
      const { lines, oversized } = readLines(chunks, 2_000);
      expect(lines).toEqual(['ok']);
      expect(oversized).toEqual([{ head: 'a'.repeat(1_024), tail: 'z'.repeat(1_024), bytes: 6_000 }]);
    }
  });

  it('keeps a linear cost for a line in many chunks', () => {
    const reader = new LineReader({
      lineBytesMax: 1e9,
      onLine: (line) => expect(line.length).toBe(64_000_000),
      onOversize: () => {},
    });
    const chunk = Buffer.alloc(64_000, 120);
    const startedAt = performance.now();
    for (let index = 0; index < 1_000; index += 1) reader.push(chunk);
    reader.push(Buffer.from('\n'));
    expect.assertions(2);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('Gate', () => {
  it('admits in order and forgets those who gave up', async () => {
    const gate = new Gate(1);
    expect(gate.tryEnter()).toBe(true);
    expect(gate.tryEnter()).toBe(false);
    const abort = new AbortController();
    const order: string[] = [];
    const first = gate.enter(abort.signal).then((inside) => order.push(`first ${inside}`));
    const second = gate.enter().then((inside) => order.push(`second ${inside}`));
    abort.abort();
    await first;
    gate.leave();
    await second;
    expect(order).toEqual(['first false', 'second true']);
    gate.leave();
    expect(gate.tryEnter()).toBe(true);
  });
});

describe('texts', () => {
  it('cleans and bounds foreign text', () => {
    expect(cleanText('a\u001b[31mred\u001b[0m\u0007\u202eb\nc\u2028d')).toBe('ared  b\nc d');
    expect(cleanText('a:\n[info] b\n[31m\t[x] c')).toBe('a:\n[info] b\n[31m [x] c');
    expect(cleanText('x'.repeat(10_000))).toHaveLength(2_001);
  });

  it('hides values of headers, of variables and of env, whatever their names', () => {
    const redact = createRedact(
      http('http://x', { headers: { Authorization: 'Bearer abc-def', 'X-Key': 'qwerty' } }),
    );
    expect(redact('got Bearer abc-def, abc-def and qwerty')).toBe('got [hidden], [hidden] and [hidden]');
    const env = { GITHUB_TOKEN: 'abcdef', ROOT: '/srv/x' };
    const server = stdio('x', [], { env, secrets: ['k-123'] });
    expect(createRedact(server)('/srv/x abcdef --key=k-123 ok')).toBe('[hidden] [hidden] --key=[hidden] ok');
  });

  it('hides the longest first, in the spellings of JSON and URLs, and what a value is made of', () => {
    const hidden = (value: string) => createRedact(stdio('x', [], { env: { A: value, B: `${value}-long` } }));
    expect(hidden('abcd')('abcd-long abcd')).toBe('[hidden] [hidden]');
    expect(hidden('a+b.*c')('a+b.*c aab.xc')).toBe('[hidden] aab.xc');
    expect(hidden('q"\\q p')('{"a":"q\\"\\\\q p"}')).toBe('{"a":"[hidden]"}');
    expect(hidden('a b/c&d')('/a%20b/c&d ?x=a%20b%2Fc%26d ?y=a+b%2Fc%26d')).toBe(
      '/[hidden] ?x=[hidden] ?y=[hidden]',
    );
    expect(hidden('postgres://me:p%40ss@h/db')('postgres://me:p%40ss@h/db; tried p@ss')).toBe(
      '[hidden]; tried [hidden]',
    );
    expect(hidden('token\n')('(token)')).toBe('([hidden])');
    expect(hidden('BEGIN\nabcdef\nEND')('abcdef')).toBe('[hidden]');
    expect(hidden('\ud800abc')('\ud800abc')).toBe('[hidden]');
  });

  it('leaves trivial values, plain numbers and short ones', () => {
    const values = ['true', 'Production', 'debug', '8080', '86400000', '-1.5', 'abc', ''];
    const env = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
    const text = values.join(' ');
    expect(createRedact(stdio('x', [], { env }))(text)).toBe(text);
    expect(createRedact(stdio('x', [], { env: { KEY: '1234567890' } }))('1234567890')).toBe('[hidden]');
  });
});

describe('headers from arguments', () => {
  it('finds declarations at any depth and encodes what is not plain', () => {
    const schema = {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        nested: { type: 'object', properties: { level: { type: 'integer', 'x-mcp-header': 'Level' } } },
        bad: { type: 'string', 'x-mcp-header': 'no spaces\r\n' },
      },
    };
    const declarations = paramHeaderDeclarations(schema);
    expect(paramHeaders(declarations, { region: 'eu west', nested: { level: 3 }, bad: 'x' })).toEqual({
      'Mcp-Param-Region': 'eu west',
      'Mcp-Param-Level': '3',
    });
    expect(paramHeaders(declarations, { region: 'ü', nested: null })).toEqual({
      'Mcp-Param-Region': '=?base64?w7w=?=',
    });
    expect(paramHeaderDeclarations(undefined)).toEqual([]);
  });

  it.each([
    [
      { a: { type: 'string', 'x-mcp-header': 'Region' }, b: { type: 'integer', 'x-mcp-header': 'Level' } },
      undefined,
    ],
    [{ a: { type: 'object', properties: { b: { type: 'boolean', 'x-mcp-header': 'Deep' } } } }, undefined],
    [{ 'x-mcp-header': { type: 'string' } }, undefined],
    [{ a: { type: 'string', 'x-mcp-header': '' } }, 'no name of a header'],
    [{ a: { type: 'string', 'x-mcp-header': 'Two Words' } }, 'no name of a header'],
    [{ a: { type: 'string', 'x-mcp-header': 'Host:' } }, 'no name of a header'],
    [{ a: { type: 'string', 'x-mcp-header': 1 } }, 'no name of a header'],
    [{ a: { type: 'number', 'x-mcp-header': 'Score' } }, 'no string, integer or boolean'],
    [{ a: { type: 'array', items: {}, 'x-mcp-header': 'List' } }, 'no string, integer or boolean'],
    [{ a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'One' } } }, 'no single argument'],
    [{ a: { anyOf: [{ type: 'string', 'x-mcp-header': 'One' }] } }, 'no single argument'],
    [
      { a: { type: 'string', 'x-mcp-header': 'One' }, b: { type: 'string', 'x-mcp-header': 'one' } },
      'there twice',
    ],
  ])('say what is wrong with the wish for them: %j', (properties, problem) => {
    const found = paramHeaderProblem({ type: 'object', properties });
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});

describe('Windows commands', () => {
  const env = { Path: 'C:\\node;C:\\Windows', PATHEXT: '.EXE;.CMD', ComSpec: 'C:\\Windows\\cmd.exe' };

  it('runs batch files through cmd.exe, quoted', () => {
    const found = windowsCommand(
      'npx',
      ['-y', 'a b', 'x"&calc'],
      env,
      (path) => path === 'C:\\node\\npx.cmd',
    );
    expect(found.command).toBe('C:\\Windows\\cmd.exe');
    expect(found.args.slice(0, 3)).toEqual(['/d', '/s', '/c']);
    expect(found.args[3]).toBe('"C:\\node\\npx.cmd ^^^"-y^^^" ^^^"a^^^ b^^^" ^^^"x\\^^^"^^^&calc^^^""');
    expect(found.verbatim).toBe(true);
  });

  it('leaves programs as they are', () => {
    const found = windowsCommand('node', ['a b'], env, (path) => path === 'C:\\node\\node.exe');
    expect(found).toEqual({ command: 'C:\\node\\node.exe', args: ['a b'], verbatim: false });
    expect(windowsCommand('missing', [], env, () => false).command).toBe('missing');
  });
});
