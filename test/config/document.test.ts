/** The text of the file: what is tolerated, and where a mistake is said to be. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { load, refusal, temporaryFolder } from './folder.ts';

const text = '{ // who\n  "mcpServers": { /* one */ "a": { "command": "x", "args": ["y",], }, },\n}';
const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
test.each<[string, string | Uint8Array]>([
  ['comments and trailing commas', text],
  ['a byte order mark', `\ufeff${text}`],
  ['UTF-16, as PowerShell writes it', utf16],
  ['Windows line ends', text.replaceAll('\n', '\r\n')],
])('%s', async (_, content) => {
  const config = await load(content);
  expect(config.servers).toMatchObject([{ name: 'a', command: 'x', args: ['y'] }]);
  expect(config.warnings).toEqual([]);
});

test.each<[string, string, string, string]>([
  ['an empty file', '  \n', ':1:1', 'is empty. Write at least { "mcpServers": {} }'],
  [
    'a missing comma',
    '{\n  "mcpServers": {}\n  "orchestrator": {}\n}',
    ':3:3',
    'Put a comma after the value before it',
  ],
  ['a missing brace', '{\n  "mcpServers": {\n', ':3:1', 'the end of the file'],
  ['single quotes', "{\n  'mcpServers': {} }", ':2:3', 'double quotes'],
  [
    'a Windows path',
    '{ "mcpServers": {\n "a": { "command": "C:\\quux" } } }',
    ':2:20',
    'Write \\\\ for one backslash',
  ],
  ['something after the end', '{}\n}', ':2:1', 'Remove it'],
  ['a byte that is not text', '', ':', 'UTF-8'],
])('%s is config_invalid, with its place and the fix', async (name, content, place, fix) => {
  const folder = temporaryFolder();
  const bytes = name === 'a byte that is not text' ? Buffer.from([0x7b, 0xff, 0x7d]) : content;
  const error = await refusal(bytes, { folder });
  expect(error.code).toBe('config_invalid');
  expect(error.message).toContain(`${path.join(folder, 'mcp_servers_config.json')}${place}`);
  expect(error.message).toContain(fix);
});

test('a syntax error shows one character, never the text around it', async () => {
  const error = await refusal('{ "mcpServers": { "a": { "env": { "TOKEN": ghp_secret } } } }');
  expect(error.message).toContain(':1:44');
  expect(error.message).toContain('"g" ');
  expect(error.message).not.toContain('hp_secret');
});

test('several syntax errors are reported at once', async () => {
  const error = await refusal('{\n "mcpServers": {\n "a": { "command" "x" },\n "b": { "command": nope }\n}}');
  expect(error.message).toContain(':3:19');
  expect(error.message).toContain(':4:20');
});

test('nesting without end is refused, not a crash', async () => {
  const error = await refusal('['.repeat(200_000));
  expect(error.message).toContain('nested too deeply');
});

test('keys written twice are a warning with both lines, and the later one counts', async () => {
  const config = await load(
    '{ "mcpServers": {\n "a": { "command": "first" },\n "a": { "command": "later" } } }',
  );
  expect(config.servers).toMatchObject([{ name: 'a', command: 'later' }]);
  expect(config.warnings[0]).toMatch(
    /json:3:2: the key "a" was written before, on line 2;.*Remove or rename/,
  );
});

test('a place is that of the later one of two equal keys', async () => {
  const { unusableServers } = await load(
    '{ "mcpServers": {\n "a": { "command": "x" },\n "a": { "command": 1 } } }',
  );
  expect(unusableServers[0]?.reason).toContain('json:3:20: mcpServers.a.command');
});
