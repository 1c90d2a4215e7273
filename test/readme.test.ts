/** The README's example does what the README shows, with the shipped servers; its links lead somewhere. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { command } from './support/command.ts';
import { temporaryFolder } from './support/folder.ts';
import { root } from './support/orchestrator.ts';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const [, script = '', shownResult = '', shownFailure = ''] =
  /```ts\n(\/\/ Every server is a global[\s\S]*?)```[\s\S]*?```\n([\s\S]*?)```[\s\S]*?```\n([\s\S]*?)```/.exec(
    readme,
  ) ?? [];

async function run(code: string) {
  const file = path.join(temporaryFolder(), 'script.ts');
  writeFileSync(file, code);
  return command(['run', file], { cwd: root });
}

it('its script gives the result that it shows', async () => {
  const { code, stdout, stderr } = await run(script);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(shownResult.split('\n')[0] ?? ''));
  expect(stderr.replace(/\d+ ms/, '')).toBe(`${shownResult.split('\n')[1]?.replace(/\d+ ms/, '')}\n`);
  expect(code).toBe(0);
});

it('the wrong path gives the failure that it shows', async () => {
  const { code, stderr } = await run(script.replace("path: '.'", "path: 'nowhere'"));
  const lines = stderr.replace(root, '…').split('\n');
  expect(lines.slice(0, -2).join('\n')).toBe(shownFailure.trim());
  expect(code).toBe(1);
});

it('it and the pages of docs lead to files that are there', () => {
  const pages = [
    'README.md',
    'examples/README.md',
    ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join('docs', name)),
  ];
  const lost = pages.flatMap((page) => {
    const links = readFileSync(path.join(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g);
    return [...links]
      .map(([, link = '']) => link.replace(/#.*/, ''))
      .filter((link) => link !== '' && !/^\w+:/.test(link))
      .filter((link) => !existsSync(path.join(root, path.dirname(page), link)))
      .map((link) => `${page}: ${link}`);
  });
  expect(lost).toEqual([]);
  expect(readme).toMatch(/\]\(docs\/configuration\.md\)/);
});
