/** A tool that declares no result: the first script shows what it gives, the second one's author is told. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fixture, type Served, type Setup, serve, setUp } from '../support/orchestrator.ts';

const patience = { timeout: 20_000, interval: 50 };
const mark = 'Result: observed, not declared; fields may be absent or differ.';

async function documentation({ call }: Served, ...tools: string[]): Promise<string> {
  const answer = await call('get_api_documentation', { tools });
  return (answer as { documentation: string }).documentation;
}

const generatedFile = ({ folder }: Setup) => path.join(folder, 'generated/unified_api.ts');
const generated = (setup: Setup) => readFileSync(generatedFile(setup), 'utf8');
const server = (folder: string) => ({
  tracker: fixture('untyped-results.mjs', path.join(folder, 'about.txt')),
});

/** A configuration whose server says of its tool what `about.txt` holds. */
function described(orchestrator: object = {}, entry: object = {}): Setup & { describe(text: string): void } {
  const setup = setUp({}, orchestrator);
  const servers = { tracker: { ...server(setup.folder).tracker, ...entry } };
  writeFileSync(
    setup.configFile,
    JSON.stringify({ mcpServers: servers, orchestrator: { cache: 'cache', ...orchestrator } }),
  );
  const describe = (text: string) => writeFileSync(path.join(setup.folder, 'about.txt'), text);
  describe('One issue.');
  return { ...setup, describe };
}

const first =
  'await tracker.fail().catch(() => {}); await tracker.greet(); await tracker.issues(); return (await tracker.issue({ number: 1 })).number';

describe('what the first script got', () => {
  it('is in the types that the second one is written by', async () => {
    const setup = described();
    const served = await serve(setup);
    expect(await documentation(served, 'tracker.issue')).toContain('Promise<ToolResult>');
    expect(await served.run(first)).toMatchObject({ status: 'success', result: 1 });
    const text = await documentation(
      served,
      'tracker.issue',
      'tracker.issues',
      'tracker.greet',
      'tracker.fail',
    );
    expect(text).toContain(mark);
    expect(text).toContain('Promise<{\n  number: number;\n  state: string;\n  title: string;\n}>');
    expect(text).toContain('milestone?: {');
    expect(text).toContain('tracker.greet(args?: { [key: string]: unknown }): Promise<string>');
    expect(text).toContain('tracker.fail(args?: { [key: string]: unknown }): Promise<ToolResult>');
    for (const value of ['secret', 'never', 'hello']) expect(text).not.toContain(value);

    const listing = await served.call('list_available_tools', { detail: 'full', server: 'tracker' });
    expect(listing).toMatchObject({
      servers: {
        tracker: {
          tools: expect.arrayContaining([
            expect.objectContaining({
              name: 'issue',
              observedOutputSchema: expect.objectContaining({ required: ['number', 'state', 'title'] }),
            }),
          ]),
        },
      },
    });
    await vi.waitFor(() => expect(generated(setup)).toContain('milestone?: {'), patience);
    expect(generated(setup)).toContain(mark);
  });

  it('does not stand in the way of a script that finds something else', async () => {
    const served = await serve(described());
    await served.run(first);
    await documentation(served, 'tracker.issue');
    const { status, result } = await served.run(
      `const issue = await tracker.issue({ number: 3 });
       const greeting = await tracker.greet();
       const list = Array.isArray(issue) ? issue : (issue.items ?? [issue.milestone.title]);
       if (typeof issue === 'string') return issue.length;
       return [list, issue.closed_by?.login ?? null, greeting.text ?? greeting.length]`,
    );
    expect({ status, result }).toEqual({ status: 'success', result: [['One'], null, 5] });
  });
});

describe('later', () => {
  it('it is known after a restart, before the server is asked', async () => {
    const setup = described();
    const before = await serve(setup);
    await before.run(first);
    const text = await documentation(before, 'tracker.issue');
    await before.client.close();
    const file = path.join(setup.folder, 'cache/observed');
    await vi.waitFor(() => expect(readdirSync(file)).toHaveLength(1), patience);
    expect(readFileSync(path.join(file, readdirSync(file)[0] ?? ''), 'utf8')).not.toMatch(
      /secret|never|hello/,
    );
    expect(await documentation(await serve(setup), 'tracker.issue')).toBe(text);
  });

  it('it is dropped when the server changes the definition, while running or meanwhile', async () => {
    const setup = described();
    const served = await serve(setup);
    await served.run(first);
    expect(await documentation(served, 'tracker.issue')).toContain(mark);
    setup.describe('One issue, in another form.');
    await served.run('await tracker.changed()');
    await vi.waitFor(async () => {
      const text = await documentation(served, 'tracker.issue');
      expect(text).toContain('in another form');
      expect(text).not.toContain(mark);
    }, patience);
    // The others stay as they were.
    expect(await documentation(served, 'tracker.issues')).toContain(mark);

    await served.run(first);
    expect(await documentation(served, 'tracker.issue')).toContain(mark);
    await served.client.close();
    setup.describe('One issue, in a third form.');
    const again = await serve(setup);
    await again.call('refresh_tools');
    const text = await documentation(again, 'tracker.issue', 'tracker.issues');
    expect(text.split(mark)).toHaveLength(2);
    expect(text).toContain('Promise<ToolResult>');
  });
});

describe('switched off', () => {
  it.each<[string, object, object]>([
    ['for all', { learnTypes: false }, {}],
    ['for one server', {}, { learnTypes: false }],
  ])('%s', async (_, orchestrator, entry) => {
    const setup = described(orchestrator, entry);
    const served = await serve(setup);
    await served.run(first);
    expect(await documentation(served, 'tracker.issue')).not.toContain(mark);
    await served.client.close();
    expect(existsSync(path.join(setup.folder, 'cache/observed'))).toBe(false);
  });

  it('for all but one server', async () => {
    const served = await serve(described({ learnTypes: false }, { learnTypes: true }));
    await served.run(first);
    expect(await documentation(served, 'tracker.issue')).toContain(mark);
  });
});
