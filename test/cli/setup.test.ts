/** `init` and `import` on a machine with clients: what they write, what they leave, and that it can be taken back. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hasPython } from '../support/processes.ts';
import { atTerminal } from './pseudo-terminal.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/clients');

/** A home with the given clients in it, and a project folder without a configuration. */
function machine(clients: Record<string, string>) {
  const home = temporaryFolder();
  const project = path.join(home, 'project');
  mkdirSync(project);
  for (const [fixture, place] of Object.entries(clients)) {
    const file = path.join(home, place);
    mkdirSync(path.dirname(file), { recursive: true });
    copyFileSync(path.join(fixtures, fixture), file);
  }
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: '',
    XDG_STATE_HOME: '',
    CODEX_HOME: '',
    MCP_ORCHESTRATOR_CONFIG: '',
  };
  return {
    home,
    project,
    env,
    at: (...parts: string[]) => path.join(home, ...parts),
    read: (...parts: string[]) => readFileSync(path.join(home, ...parts), 'utf8'),
    run: (...args: string[]) => command(args, { cwd: project, env }),
  };
}

const desktop = '.config/Claude/claude_desktop_config.json';
const code = '.config/Code/User/mcp.json';
const codex = '.codex/config.toml';

describe('import', () => {
  it('adds servers to a file with comments, keeps what stands there, and says what is odd', async () => {
    const { run, at, read, project } = machine({ 'claude_desktop_config.json': desktop });
    const ours = `{
\t// Mine
\t"mcpServers": {
\t\t"filesystem": { "command": "mine" } // stays
\t}
}
`;
    writeFileSync(path.join(project, 'mcp_servers_config.json'), ours);
    const { code: exit, stdout } = await run('import', '--from', 'claude-desktop');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/\+ github/);
    expect(stdout).toContain('"GITHUB_PERSONAL_ACCESS_TOKEN" stands there in plain text');
    expect(stdout).toMatch(/- filesystem: another server of that name is there/);
    const written = read('project/mcp_servers_config.json');
    expect(written).toContain('\t// Mine\n');
    expect(written).toContain('{ "command": "mine" }, // stays\n');
    expect(written).toContain('\t\t"github": {\n\t\t\t"command": "npx",');
    expect(existsSync(at(desktop))).toBe(true);
    expect(read(desktop)).toBe(readFileSync(path.join(fixtures, 'claude_desktop_config.json'), 'utf8'));
    const undone = await run('init', '--undo');
    expect(undone.stdout).toContain('restored ');
    expect(read('project/mcp_servers_config.json')).toBe(ours);
    expect(readdirSync(project)).toEqual(['mcp_servers_config.json']);
  });

  it('writes nothing with --dry-run, and replaces with --force', async () => {
    const { run, project, read } = machine({ 'claude_desktop_config.json': desktop });
    const file = path.join(project, 'mcp_servers_config.json');
    const dry = await run('import', '--from', 'claude-desktop', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({
      written: false,
      added: [{ name: 'filesystem' }, { name: 'github' }],
    });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, '{"mcpServers":{"github":{"command":"old"}}}');
    await run('import', '--from', 'claude-desktop', '--force');
    expect(JSON.parse(read('project/mcp_servers_config.json')).mcpServers.github.command).toBe('npx');
  });

  it('reads several clients at once, TOML too', async () => {
    const { run } = machine({ 'codex_config.toml': codex, 'gemini_settings.json': '.gemini/settings.json' });
    const { stdout } = await run('import', '--from', 'codex,gemini', '--json');
    const { added } = JSON.parse(stdout) as { added: { name: string }[] };
    expect(added.map(({ name }) => name).sort()).toEqual(['context7', 'figma', 'new', 'old', 'tool']);
  });

  it.each([
    [['--from', 'claude-desktop'], 2, /There is no configuration of Claude Desktop here\.[^]*Looked for: /],
    [['--from', 'nowhere.json'], 2, /nowhere\.json does not exist\.[^]*or one of: claude-desktop, /],
    [[], 2, /required option '--from/],
  ])('%j says what to do', async (args, exit, message) => {
    const { run } = machine({});
    const said = await run('import', ...args);
    expect(said.code).toBe(exit);
    expect(said.stderr).toMatch(message);
  });

  it('leaves a damaged file of our own alone', async () => {
    const { run, project, read } = machine({ 'claude_desktop_config.json': desktop });
    writeFileSync(path.join(project, 'mcp_servers_config.json'), '{ "mcpServers": ');
    const { code: exit, stderr } = await run('import', '--from', 'claude-desktop');
    expect(exit).toBe(2);
    expect(stderr).toMatch(/mcp_servers_config\.json:1:/);
    expect(read('project/mcp_servers_config.json')).toBe('{ "mcpServers": ');
  });
});

describe('init', () => {
  const all = { 'claude_desktop_config.json': desktop, 'vscode.mcp.json': code, 'codex_config.toml': codex };
  const everything = [
    'init',
    '--yes',
    '--import',
    'all',
    '--clients',
    'claude-desktop,vscode,codex',
    '--move',
  ];

  it('without a word, leaves the clients alone and says what there is', async () => {
    const { run, read } = machine(all);
    const before = Object.values(all).map((file) => read(file));
    const { code: exit, stdout } = await run('init', '--yes');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/left alone: Claude Desktop, .*VS Code.*--import all/);
    expect(stdout).toContain('It names no servers yet');
    expect(Object.values(all).map((file) => read(file))).toEqual(before);
  });

  it('takes over all servers, adds us to the clients, and takes it all back', async () => {
    const { run, read, at, home, project } = machine(all);
    const before = Object.values(all).map((file) => read(file));
    const { code: exit, stdout } = await run(...everything);
    expect(exit).toBe(0);
    expect(stdout).toContain('"init --undo" takes all of this back.');
    const configFile = path.join(project, 'mcp_servers_config.json');
    const ours = JSON.parse(read('project/mcp_servers_config.json'));
    expect(Object.keys(ours.mcpServers).sort()).toEqual([
      'context7',
      'figma',
      'filesystem',
      'github',
      'perplexity',
    ]);
    const entry = { command: 'npx', args: ['-y', 'mcp-tools-orchestrator', '--config', configFile] };

    expect(JSON.parse(read(desktop))).toEqual({
      globalShortcut: 'Ctrl+Space',
      mcpServers: { orchestrator: entry },
    });
    const vscode = read(code);
    expect(vscode).toContain('// Asked for once, then kept by VS Code.');
    expect(vscode).toContain('"orchestrator": {\n      "type": "stdio",');
    // Of two servers of one name, the second one stays where it is.
    expect(vscode).toContain('https://api.githubcopilot.com/mcp/');
    expect(vscode).not.toContain('"perplexity": {');
    expect(read(codex)).toMatch(/^# The model that is used everywhere\nmodel = "o4"/);
    expect(parseToml(read(codex))).toEqual({
      model: 'o4',
      history: { persistence: 'none' },
      mcp_servers: { orchestrator: entry },
    });
    for (const file of Object.values(all)) {
      const folder = path.dirname(at(file));
      expect(readdirSync(folder).some((name) => name.endsWith('.backup'))).toBe(true);
    }

    const again = await run('init', '--yes', '--clients', 'claude-desktop,codex');
    expect(again.stdout).toContain('Everything is as it should be');

    expect((await run('init', '--undo')).code).toBe(0);
    expect(Object.values(all).map((file) => read(file))).toEqual(before);
    expect(existsSync(configFile)).toBe(false);
    const left = readdirSync(home, { recursive: true }).filter((name) => /backup|tmp/.test(String(name)));
    expect(left).toEqual([]);
    expect((await run('init', '--undo')).stdout).toBe('There is nothing to take back.\n');
  });

  it('does not take back what was changed since, and says where the old text is', async () => {
    const { run, read, at } = machine({ 'claude_desktop_config.json': desktop });
    await run('init', '--yes', '--clients', 'claude-desktop', '--import', 'all');
    const edited = read(desktop).replace('Ctrl+Space', 'Ctrl+K');
    writeFileSync(at(desktop), edited);
    const { code: exit, stderr } = await run('init', '--undo');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/was changed since and stays as it is; what stood there before: .*\.backup/);
    expect(read(desktop)).toBe(edited);
  });

  it('changes nothing at all where one of the files cannot be changed', async () => {
    const { run, read, at, project } = machine(all);
    writeFileSync(at(codex), 'mcp_servers = { inline = { command = "x" } }\n');
    const { code: exit, stderr } = await run(...everything);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/config\.toml of Codex cannot be changed: [^]*Nothing was changed/);
    expect(existsSync(path.join(project, 'mcp_servers_config.json'))).toBe(false);
    expect(read(desktop)).toContain('"filesystem"');
  });

  it('keeps the rights of the files it changes', async () => {
    const { run, at } = machine({ 'claude_desktop_config.json': desktop });
    const { chmodSync } = await import('node:fs');
    chmodSync(at(desktop), 0o600);
    await run('init', '--yes', '--clients', 'claude-desktop', '--import', 'none');
    expect(statSync(at(desktop)).mode & 0o777).toBe(0o600);
  });

  it('knows its clients', async () => {
    const { run } = machine({});
    const { code: exit, stderr } = await run('init', '--yes', '--clients', 'emacs');
    expect(exit).toBe(2);
    expect(stderr).toMatch(/there is no client "emacs"[^]*There are: claude-desktop, /);
  });

  it.skipIf(!hasPython)('asks on a terminal (needs python3)', async () => {
    const { env, project, read } = machine({ 'claude_desktop_config.json': desktop });
    // Return takes each answer as it is offered.
    const { code: exit, seen } = await atTerminal(
      'cd "$PROJECT" && $CLI init',
      [
        ['Where is the configuration', '\r'],
        ['Import the servers of', '\r'],
        ['Add the orchestrator to', '\r'],
        ['Remove the imported servers', '\r'],
        ['with a backup beside it', '\r'],
      ],
      { ...env, PROJECT: project },
    );
    expect(exit, seen).toBe(0);
    expect(Object.keys(JSON.parse(read('project/mcp_servers_config.json')).mcpServers)).toEqual([
      'filesystem',
      'github',
    ]);
    expect(Object.keys(JSON.parse(read(desktop)).mcpServers)).toEqual(['orchestrator']);
  });

  it.skipIf(!hasPython)('changes nothing where the user gives up (needs python3)', async () => {
    const { env, project, read } = machine({ 'claude_desktop_config.json': desktop });
    const { code: exit } = await atTerminal(
      'cd "$PROJECT" && $CLI init',
      [
        ['Where is the configuration', '\r'],
        ['Import the servers of', '\x03'],
      ],
      { ...env, PROJECT: project },
    );
    expect(exit).toBe(130);
    expect(existsSync(path.join(project, 'mcp_servers_config.json'))).toBe(false);
    expect(read(desktop)).toContain('"filesystem"');
  });
});
