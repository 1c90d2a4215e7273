/** Whether a policy fits the tools as they are now: what it lists, what it calls, and its types, each by its line. */
import type { Catalog } from '../catalog/catalog.ts';
import { unusableServer } from '../catalog/lookup-errors.ts';
import type { Tool } from '../catalog/tool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import { positionAt } from '../execution/code-frame.ts';
import { addressesOf, Permission } from '../execution/permission.ts';
import type { RunResult } from '../execution/run-result.ts';
import type { Runner } from '../execution/runner.ts';
import type { Declaration } from './declaration.ts';
import type { PolicyFile } from './policy-files.ts';

export interface PolicyProblem {
  /** Of the policy's file, where known. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface PolicyCheck {
  /** Empty where it can run. */
  readonly problems: readonly PolicyProblem[];
  /** What is odd, but does no harm. */
  readonly warnings: readonly PolicyProblem[];
  /** What it can call by its text: `server.tool`; `server.*` where it chooses as it runs. */
  readonly calls: readonly string[];
  /** The tools that it may call, as far as they are there. */
  readonly tools: readonly Tool[];
  /** False where its types could not be checked this time. */
  readonly isComplete: boolean;
}

export interface PolicyCheckOptions {
  readonly catalog: Catalog;
  readonly runner: Pick<Runner, 'run'>;
  readonly signal?: AbortSignal | undefined;
}

/** Against the tools as they are now: the servers concerned are asked where only the cache has spoken so far. Never rejects. */
export async function checkPolicy(
  policy: PolicyFile,
  declaration: Declaration,
  { catalog, runner, signal }: PolicyCheckOptions,
): Promise<PolicyCheck> {
  const { source, name } = policy;
  const lookUpAll = () => Promise.all(declaration.tools.map((address) => lookUp(catalog, address, source)));
  await askAgain(catalog, await lookUpAll());
  const listed = await lookUpAll();
  const missing = listed.flatMap(({ problem }) => problem ?? []);
  const checked = await runner.run({
    code: source,
    policy: { policy: name, tools: declaration.tools },
    checkOnly: true,
    check: 'strict',
    signal,
  });
  const calls = checked.tools ?? [];
  const tools = [...new Set(listed.flatMap((one) => one.tools))];
  return {
    problems: [...missing, ...typeProblems(checked), ...unlisted(policy, declaration, calls, catalog)],
    warnings: [...superfluous(source, listed, calls), ...uncheckedWarning(checked)],
    calls,
    tools,
    isComplete: checked.unchecked === undefined,
  };
}

/** `weather-analysis.ts:12:9: message hint` */
export function describeProblem(file: string, { line, column, message, hint }: PolicyProblem): string {
  const place = line === undefined ? file : `${file}:${line}${column === undefined ? '' : `:${column}`}`;
  return `${place}: ${message}${hint === undefined ? '' : ` ${hint}`}`;
}

interface Listed {
  readonly address: string;
  /** Whose tools it means, as far as that is known. */
  readonly servers: readonly string[];
  readonly tools: readonly Tool[];
  readonly problem?: PolicyProblem;
}

/** What the cache knows may be of yesterday; a server that failed may be back. */
async function askAgain(catalog: Catalog, listed: readonly Listed[]): Promise<void> {
  const names = [...new Set(listed.flatMap(({ servers }) => servers))];
  const failed = names.filter((name) => catalog.server(name)?.status === 'failed');
  await Promise.all([
    catalog.refreshStale(names.filter((name) => !failed.includes(name))),
    ...failed.map((name) => catalog.refresh(name).catch(() => {})),
  ]);
}

/** An entry of `tools`. */
async function lookUp(catalog: Catalog, address: string, source: string): Promise<Listed> {
  let servers: readonly string[] = [];
  try {
    const tools = await toolsAt(catalog, address);
    servers = [...new Set(tools.map(({ server }) => server))];
    const failed = servers.map((name) => catalog.server(name)).find((one) => one?.status === 'failed');
    if (failed) throw unusableServer(failed);
    return { address, servers, tools };
  } catch (error) {
    const hint = error instanceof OrchestratorError ? error.hint : undefined;
    const message = `policy.tools lists "${address}": ${messageOf(error)}`;
    return { address, servers, tools: [], problem: { ...placeOf(source, address), message, hint } };
  }
}

async function toolsAt(catalog: Catalog, address: string): Promise<readonly Tool[]> {
  const server = /^(.+)\.\*$/.exec(address)?.[1];
  if (server === undefined) return [await catalog.findAddress(address)];
  await catalog.ensure(server);
  // Also says why where the server is not there.
  const tools = catalog.server(server)?.tools ?? [];
  if (tools.length === 0) await catalog.find(server, '*');
  return tools;
}

function typeProblems({ status, error }: RunResult): PolicyProblem[] {
  if (status === 'success' || !error) return [];
  if (error.diagnostics) return error.diagnostics;
  const { line, column, message, hint } = error;
  return [{ line, column, message, hint }];
}

/** A check that did not take place found nothing, and the run may begin: each call is still checked by itself. */
function uncheckedWarning({ unchecked }: RunResult): PolicyProblem[] {
  return unchecked === undefined ? [] : [{ message: `its types were not checked: ${unchecked}` }];
}

/** What it calls and may not. */
function unlisted(
  { source, name }: PolicyFile,
  { tools }: Declaration,
  calls: readonly string[],
  catalog: Catalog,
): PolicyProblem[] {
  const permission = new Permission({ policy: name, tools });
  const known = catalog.servers().flatMap((server) => server.tools);
  return calls.flatMap((address) => {
    // What is chosen as it runs is refused as it runs.
    const tool = known.find(
      ({ serverIdentifier, identifier }) => address === `${serverIdentifier}.${identifier}`,
    );
    if (!tool || permission.allows(tool)) return [];
    return [
      {
        ...callPlace(source, tool),
        message: `it calls ${address}, which policy.tools does not list.`,
        hint: `Add "${address}" to \`tools\`.`,
      },
    ];
  });
}

/** What it may call and does not. */
function superfluous(source: string, listed: readonly Listed[], calls: readonly string[]): PolicyProblem[] {
  if (calls.includes('*')) return [];
  return listed.flatMap(({ address, tools }) => {
    const isCalled = tools.some((tool) => addressesOf(tool).some((one) => calls.includes(one)));
    if (isCalled || tools.length === 0) return [];
    return [
      { ...placeOf(source, address), message: `policy.tools lists "${address}", which it never calls.` },
    ];
  });
}

/** Of a text in quotes. */
export function placeOf(source: string, text: string): { line?: number; column?: number } {
  const at = ['"', "'", '`'].map((quote) => source.indexOf(quote + text + quote)).find((found) => found >= 0);
  return at === undefined ? {} : positionAt(source, at);
}

function callPlace(source: string, tool: Tool): { line?: number; column?: number } {
  const names = [`${tool.serverIdentifier}.${tool.identifier}`, tool.flatName];
  for (const name of names) {
    const found = new RegExp(`(?<![\\w$"'\`])${name.replace(/[.$]/g, '\\$&')}(?![\\w$])`).exec(source);
    if (found) return positionAt(source, found.index);
  }
  return {};
}
