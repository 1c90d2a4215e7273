/** No answer of ours grows with what servers send: pages, cut lists and their totals. */
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';

interface Page {
  servers: Record<
    string,
    { tools: unknown[]; set_aside?: { name: string; reason: string }[]; set_aside_total?: number }
  >;
  total_tools: number;
  next_cursor?: string;
}

const charactersMax = 62_000;
const many = (...counts: number[]) => fixture('../../server/fixtures/many-tools.mjs', ...counts.map(String));
const limits = { limits: { listWaitMs: 30_000 } };

async function pages({ call }: Served, args: Record<string, unknown>): Promise<Page[]> {
  const all: Page[] = [];
  let cursor: string | undefined;
  do {
    const page = (await call('list_available_tools', { ...args, ...(cursor && { cursor }) })) as Page;
    all.push(page);
    cursor = page.next_cursor;
  } while (cursor !== undefined && all.length < 500);
  return all;
}

const toolsOf = (all: Page[], server: string) =>
  all.flatMap(({ servers }) =>
    (servers[server]?.tools ?? []).map((tool) => (tool as { name?: string }).name ?? tool),
  );

describe('list_available_tools', () => {
  it('gives thousands of tools in pages that hold each once, in every detail', async () => {
    const served = await serve(
      setUp({ many: many(5_000), after: many(3), gone: fixture('exits-at-once.mjs') }, limits),
    );
    for (const detail of ['names', 'summary', 'full']) {
      const all = await pages(served, { detail });
      expect(all.length).toBeGreaterThan(1);
      for (const page of all) expect(JSON.stringify(page).length).toBeLessThan(charactersMax);
      // Pages are full: the last one aside, none is much shorter than it may be.
      for (const page of all.slice(0, -1)) expect(JSON.stringify(page).length).toBeGreaterThan(55_000);
      const names = toolsOf(all, 'many');
      expect(names).toHaveLength(5_000);
      expect(new Set(names).size).toBe(5_000);
      expect(toolsOf(all, 'after')).toHaveLength(3);
      expect(all.map(({ servers }) => 'gone' in servers)).toEqual(all.map((_, index) => index === 0));
      expect(all.filter(({ servers }) => 'after' in servers)).toHaveLength(1);
    }
  });

  it('counts what was set aside, and shows some of it, once', async () => {
    const served = await serve(setUp({ many: many(4_000, 300), odd: many(0, 21) }, limits));
    const all = await pages(served, {});
    expect(all.length).toBeGreaterThan(1);
    for (const page of all) expect(JSON.stringify(page).length).toBeLessThan(charactersMax);
    expect(all[0]?.servers.many?.set_aside).toHaveLength(20);
    expect(all[0]?.servers.many?.set_aside_total).toBe(300);
    expect(all[0]?.servers.odd).toMatchObject({ tools: [], set_aside_total: 21 });
    for (const { servers } of all.slice(1)) {
      expect(servers.many).not.toHaveProperty('set_aside');
      expect(servers.many).not.toHaveProperty('set_aside_total');
      expect(servers).not.toHaveProperty('odd');
    }
  });

  it('has one tool on a page at least, and not many long ones', async () => {
    const served = await serve(setUp({ many: many(1, 0, 3) }, limits));
    const all = await pages(served, { detail: 'full' });
    expect(all.map(({ servers }) => servers.many?.tools.length)).toEqual([1, 1, 1, 1]);
    for (const cursor of ['4', '-1', 'x', '1.5'])
      expect(await served.call('list_available_tools', { cursor })).toContain(`cursor is "${cursor}"`);
  });
});

it('get_api_documentation names a few of those that did not fit, and how many there are', async () => {
  const served = await serve(setUp({ many: many(5_000) }, limits));
  const { documentation } = (await served.call('get_api_documentation', { server: 'many' })) as {
    documentation: string;
  };
  expect(documentation.length).toBeLessThan(70_000);
  const shown = documentation.match(/^many\.good_tool/gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(100);
  const [, names = '', further] = /ask for them by name: (.*) and (\d+) more/.exec(documentation) ?? [];
  expect(names.split(', ')).toHaveLength(50);
  expect(shown + 50 + Number(further)).toBe(5_000);
  const unknown = (await served.call('get_api_documentation', {
    tools: Array.from({ length: 200 }, (_, index) => `many.none_${index}`),
  })) as { documentation: string };
  expect(unknown.documentation).toContain('and 180 more names that could not be found');
});

it('refresh_tools counts what it does not list', async () => {
  const served = await serve(setUp({ many: many(1_000) }, limits));
  const report = (await served.call('refresh_tools')) as { added: string[]; added_total?: number };
  // The background may have asked first: then nothing is new.
  if (report.added.length > 0) {
    expect(report.added).toHaveLength(200);
    expect(report.added_total).toBe(1_000);
  }
});

it('the command line lists everything', async () => {
  const { configFile } = setUp({ many: many(3_000, 30) });
  const { stdout } = await command(['list', '--config', configFile]);
  expect(stdout.match(/^ {2}good_tool/gm)).toHaveLength(3_000);
  expect(stdout.match(/^ {2}set aside: malformed_/gm)).toHaveLength(30);
  const json = await command(['list', '--json', '--config', configFile]);
  const { servers, next_cursor } = JSON.parse(json.stdout) as Page;
  expect(servers.many?.tools).toHaveLength(3_000);
  expect(next_cursor).toBeUndefined();
});
