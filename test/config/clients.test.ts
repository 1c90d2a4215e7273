/** Other clients' files: where they are on each system, and what becomes of every spelling in them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/config/clients/client.ts';
import { knownClients } from '../../src/config/clients/known-clients.ts';
import { readClientFile } from '../../src/config/clients/read-client.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/clients');

const linux: Machine = {
  platform: 'linux',
  home: '/home/ada',
  environment: {},
  directory: '/home/ada/project',
};
const mac: Machine = {
  platform: 'darwin',
  home: '/Users/ada',
  environment: {},
  directory: '/Users/ada/project',
};
const windows: Machine = {
  platform: 'win32',
  home: 'C:\\Users\\ada',
  environment: { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' },
  directory: 'C:\\work\\project',
};

function client(name: string) {
  const found = knownClients.find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
}

function files(name: string, machine: Machine): string[] {
  return client(name)
    .files(machine)
    .map(({ path: file }) => file);
}

describe('where the files are', () => {
  it.each([
    ['claude-desktop', linux, '/home/ada/.config/Claude/claude_desktop_config.json'],
    ['claude-desktop', mac, '/Users/ada/Library/Application Support/Claude/claude_desktop_config.json'],
    ['claude-desktop', windows, 'C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json'],
    ['claude-code', linux, '/home/ada/project/.mcp.json'],
    ['claude-code', windows, 'C:\\Users\\ada\\.claude.json'],
    ['cursor', linux, '/home/ada/.cursor/mcp.json'],
    ['cursor', windows, 'C:\\work\\project\\.cursor\\mcp.json'],
    ['vscode', linux, '/home/ada/.config/Code/User/mcp.json'],
    ['vscode', mac, '/Users/ada/Library/Application Support/Code/User/mcp.json'],
    ['vscode', windows, 'C:\\work\\project\\.vscode\\mcp.json'],
    [
      'cline',
      linux,
      '/home/ada/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
    ],
    [
      'roo',
      mac,
      '/Users/ada/Library/Application Support/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json',
    ],
    ['roo', linux, '/home/ada/project/.kilocode/mcp.json'],
    ['windsurf', windows, 'C:\\Users\\ada\\.codeium\\windsurf\\mcp_config.json'],
    ['gemini', linux, '/home/ada/.gemini/settings.json'],
    ['codex', mac, '/Users/ada/.codex/config.toml'],
    ['codex', windows, 'C:\\work\\project\\.codex\\config.toml'],
  ] as const)('%s', (name, machine, file) => {
    expect(files(name, machine)).toContain(file);
  });

  it('follows CODEX_HOME and XDG_CONFIG_HOME', () => {
    const moved = { ...linux, environment: { CODEX_HOME: '/etc/codex', XDG_CONFIG_HOME: '/etc/xdg' } };
    expect(files('codex', moved)).toContain('/etc/codex/config.toml');
    expect(files('claude-desktop', moved)).toEqual(['/etc/xdg/Claude/claude_desktop_config.json']);
  });
});

/** @param at where the file is said to be: its folder counts */
function read(fixture: string, name: string | undefined, at: string, project = '/home/ada/project') {
  const { servers, problems } = readClientFile(at, readFileSync(path.join(fixtures, fixture)), {
    client: name === undefined ? undefined : client(name),
    ourFolder: '/home/ada/orchestrator',
    project,
  });
  return {
    problems,
    entries: Object.fromEntries(servers.map(({ name: server, entry }) => [server, entry])),
    notes: Object.fromEntries(servers.map(({ name: server, notes }) => [server, notes])),
  };
}

describe('what becomes of the entries', () => {
  it('Claude Desktop', () => {
    const { entries } = read(
      'claude_desktop_config.json',
      'claude-desktop',
      '/home/ada/x/claude_desktop_config.json',
    );
    expect(entries).toEqual({
      filesystem: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem', '/Users/ada/Documents'],
      },
      github: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-github'],
        env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'ghp_plain' },
      },
    });
  });

  it('Claude Code: of a project, started in its folder', () => {
    const { entries } = read('claude_code.mcp.json', 'claude-code', '/home/ada/project/.mcp.json');
    expect(entries).toEqual({
      api: {
        url: '${API_BASE_URL:-https://api.example.com}/mcp',
        headers: { Authorization: 'Bearer ${API_KEY}' },
        timeout: 120_000,
      },
      events: { url: 'https://events.example.com/sse', type: 'sse' },
      local: { command: './tools/server.sh', args: [], env: {}, cwd: '/home/ada/project' },
    });
  });

  it("Claude Code: the user's own, and those of this project only", () => {
    const { entries } = read('claude.json', 'claude-code', '/home/ada/.claude.json');
    expect(Object.keys(entries).sort()).toEqual(['everywhere', 'only_here']);
  });

  it('Cursor: folders as they are, variables as they were', () => {
    const { entries } = read('cursor.mcp.json', 'cursor', '/home/ada/project/.cursor/mcp.json');
    expect(entries.docs).toEqual({
      command: 'node',
      args: ['/home/ada/project/tools/docs.js', '--home', '${userHome}'],
      env: { DOCS_TOKEN: '${env:DOCS_TOKEN}' },
      envFile: '/home/ada/project/.env',
      cwd: '/home/ada/project',
    });
    expect(entries.remote).toEqual({
      url: 'https://remote.example.com/mcp',
      headers: { 'X-Key': '${env:REMOTE_KEY}' },
    });
  });

  it('VS Code: comments, trailing commas, and inputs as variables', () => {
    const { entries, notes } = read('vscode.mcp.json', 'vscode', '/home/ada/project/.vscode/mcp.json');
    expect(entries.perplexity).toMatchObject({ env: { PERPLEXITY_API_KEY: '${PERPLEXITY_KEY}' } });
    expect(notes.perplexity).toEqual([
      'it asks for ${input:perplexity-key}: set the environment variable PERPLEXITY_KEY instead',
    ]);
    expect(entries.github).toEqual({ url: 'https://api.githubcopilot.com/mcp/' });
  });

  it('Cline: seconds', () => {
    const { entries } = read('cline_mcp_settings.json', 'cline', '/home/ada/x/cline_mcp_settings.json');
    expect(entries).toEqual({
      browser: { command: 'npx', args: ['-y', 'browser-server'], disabled: true, timeout: 60_000 },
      linear: { url: 'https://mcp.linear.app/mcp', disabled: false, timeout: 1_800_000 },
    });
  });

  it('Roo Code: disabled tools, and what has no counterpart is named', () => {
    const { entries, notes } = read('roo_mcp.json', 'roo', '/home/ada/project/.roo/mcp.json');
    expect(entries.search).toEqual({
      url: 'https://search.example.com/mcp',
      disabledTools: ['delete_index'],
      timeout: 30_000,
    });
    expect(notes.watcher).toEqual(['watchPaths has no counterpart here and was left out']);
  });

  it('Windsurf: serverUrl', () => {
    const { entries } = read(
      'windsurf_mcp_config.json',
      'windsurf',
      '/home/ada/.codeium/windsurf/mcp_config.json',
    );
    expect(entries.figma).toEqual({
      url: 'https://mcp.figma.com/mcp',
      headers: { Authorization: 'Bearer ${env:FIGMA_TOKEN}' },
      disabledTools: ['export_all'],
    });
  });

  it('Gemini CLI: url is SSE, httpUrl is not, and variables without braces', () => {
    const { entries } = read('gemini_settings.json', 'gemini', '/home/ada/x/settings.json');
    expect(entries).toEqual({
      old: { url: 'http://localhost:8081/sse', type: 'sse' },
      new: { url: 'http://localhost:8082/mcp', headers: { 'X-Token': '${NEW_TOKEN}' }, timeout: 5_000 },
      tool: {
        command: 'python3',
        args: ['server.py', '--key', '${TOOL_KEY}'],
        cwd: '/srv/tool',
        includeTools: ['safe_tool'],
        excludeTools: ['dangerous_tool'],
      },
    });
  });

  it('Codex: TOML and its own names', () => {
    const { entries } = read('codex_config.toml', 'codex', '/home/ada/x/config.toml');
    expect(entries).toEqual({
      context7: {
        command: 'npx',
        args: ['-y', '@upstash/context7-mcp'],
        env: { LOCAL_TOKEN: '${LOCAL_TOKEN}', MY_ENV_VAR: 'MY_ENV_VALUE' },
        connect_timeout: 20_000,
        timeout: 45_000,
        enabled_tools: ['resolve', 'docs'],
      },
      figma: {
        url: 'https://mcp.figma.com/mcp',
        headers: {
          'X-Figma-Region': 'us-east-1',
          'X-Org': '${FIGMA_ORG}',
          Authorization: 'Bearer ${FIGMA_OAUTH_TOKEN}',
        },
        disabled_tools: ['export_all'],
        enabled: true,
      },
    });
  });

  it('a file of whatever origin is read by what stands in it', () => {
    expect(Object.keys(read('vscode.mcp.json', undefined, '/tmp/a.json').entries)).toEqual([
      'perplexity',
      'github',
    ]);
    expect(Object.keys(read('codex_config.toml', undefined, '/tmp/a.toml').entries)).toEqual([
      'context7',
      'figma',
    ]);
  });
});

describe('what is wrong with a file', () => {
  const readText = (text: string, file = '/tmp/x.json') =>
    readClientFile(file, Buffer.from(text), { ourFolder: '/tmp', project: '/tmp' }).problems;

  it.each([
    ['no JSON', '{ "mcpServers": ', '/tmp/x.json', /x\.json:1:/],
    ['no TOML', '[mcp_servers', '/tmp/x.toml', /x\.toml: it is not TOML: /],
    [
      'no servers',
      '{ "theme": "dark" }',
      '/tmp/x.json',
      /there is no mcpServers, servers, mcp_servers in it/,
    ],
    [
      'an entry that is a text',
      '{ "mcpServers": { "a": "npx" } }',
      '/tmp/x.json',
      /"a" is a string, not an object/,
    ],
    [
      'an entry that starts nothing',
      '{ "mcpServers": { "a": {} } }',
      '/tmp/x.json',
      /"a" has neither a command nor/,
    ],
  ])('%s', (_, text, file, problem) => {
    expect(readText(text, file).join('\n')).toMatch(problem);
  });
});
