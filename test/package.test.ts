/** The package as it is published: what it holds, and that it works from a tarball in an empty folder. */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { program } from './support/command.ts';
import { temporaryFolder } from './support/folder.ts';
import { fixture, root } from './support/orchestrator.ts';

function pack(folder: string): { file: string; paths: string[] } {
  // `prepare` has built already; a second build would disturb the tests beside this one.
  const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  const packed: unknown = JSON.parse(answer);
  const [{ filename, files }] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as [
    { filename: string; files: { path: string }[] },
  ];
  return { file: path.join(folder, filename), paths: files.map((one) => one.path) };
}

describe('npm pack', () => {
  it('holds the program, its types and the words about it, and nothing else', () => {
    const { paths } = pack(temporaryFolder());
    const pages = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((one) => one.endsWith('.md'))
      .map((one) => `docs/${one}`);
    expect(paths.filter((one) => one.startsWith('docs/')).sort()).toEqual(pages.sort());
    expect(paths.filter((one) => !/^(?:dist\/(?:src|sandbox)|docs)\//.test(one)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    for (const needed of [
      'dist/src/cli/bin.js',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/sandbox/main.cjs',
      'dist/sandbox/guest.js',
    ]) {
      expect(paths).toContain(needed);
    }
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((one) =>
      one.endsWith('.ts'),
    );
    const orphans = paths.filter(
      (one) =>
        one.startsWith('dist/src/') &&
        !sources.includes(one.slice('dist/src/'.length).replace(/\.d\.ts$|\.js$/, '.ts')),
    );
    expect(orphans).toEqual([]);
  });

  it('works by npx in an empty folder', { timeout: 300_000 }, async () => {
    const folder = temporaryFolder();
    const { file } = pack(folder);
    writeFileSync(
      path.join(folder, 'mcp_servers_config.json'),
      JSON.stringify({
        mcpServers: { crashes: fixture('crashes-on-call.mjs') },
        orchestrator: { cache: false },
      }),
    );
    writeFileSync(
      path.join(folder, 'script.ts'),
      'const a: { n: number } = await crashes.echo({ n: 20 });\nexport default a.n + 22;\n',
    );
    const { stdout, stderr, code } = await program(
      'npx',
      ['-y', '-p', file, 'mcp-tools-orchestrator', 'run', 'script.ts'],
      {
        cwd: folder,
        env: { npm_config_update_notifier: 'false', npm_config_cache: path.join(folder, 'npm') },
      },
    );
    expect(stdout, stderr).toBe('42\n');
    expect(code).toBe(0);
  });
});
