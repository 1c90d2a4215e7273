/** Finds and reads the configuration: the way from a file, the environment and the command line to `Config`. */
import path from 'node:path';
import { OrchestratorError } from '../errors.ts';
import type { ConfigOverrides } from './candidate.ts';
import { parseDocument } from './document.ts';
import type { ExpansionScope } from './expand.ts';
import { configFileName, defaultTokenFolder, homeFolder, readConfigFile } from './paths.ts';
import { warnOfIdleProfiles } from './profiles.ts';
import { createFindings } from './report.ts';
import { readRuntimeEntry } from './runtime-entry.ts';
import { readServers } from './servers.ts';
import { readSettings } from './settings.ts';
import type { Config } from './types.ts';
import { warnOfMisspeltVariables } from './variables.ts';

export interface LoadOptions {
  /** The file named on the command line; a relative path starts at `directory`. */
  readonly file?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** The working directory. */
  readonly directory: string;
  readonly overrides?: ConfigOverrides | undefined;
}

/**
 * A server entry that cannot be used is returned in `unusableServers`; without any file the configuration is empty and a
 * warning says what to create.
 * @throws OrchestratorError config_not_found: a file that was named cannot be read;
 *   config_invalid: the file is not JSON, or a setting of ours is wrong, with all such problems in one message
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { environment, overrides = {} } = options;
  const workingDirectory = path.resolve(options.directory);
  const found = await readConfigFile(options.file, environment, workingDirectory);
  const content = found && Buffer.from(found.content);
  const document = found && parseDocument(found.file, found.content);
  if (document !== undefined && document.problems.length > 0) throw invalid(document.problems);

  const directory = found === undefined ? workingDirectory : path.dirname(found.file);
  const scope: ExpansionScope = {
    environment,
    workspaceFolder: workspaceFolder(directory),
    userHome: homeFolder(environment),
  };
  const findings = createFindings();
  const { learnTypes, connectionScope, keyStore, ...settings } = readSettings(
    { document, fileDirectory: directory, workingDirectory, scope, overrides },
    findings,
  );
  warnOfMisspeltVariables(environment, findings);
  const tokenFolder = defaultTokenFolder(environment);
  const forServers = { learnTypes, connectionScope, tokenFolder, keyStore };
  const common = { directory, scope, limits: settings.limits, ...forServers };
  const context = document && { document, ...common };
  if (context === undefined) findings.warning(whatToCreate(workingDirectory));
  const servers =
    context === undefined ? { servers: [], unusableServers: [] } : readServers(context, findings);
  if (findings.problems.length > 0) throw invalid(findings.problems);
  const names = [...servers.servers, ...servers.unusableServers].map(({ name }) => name);
  warnOfIdleProfiles(settings.profiles, names, findings);
  return {
    file: found?.file,
    directory,
    ...settings,
    ...servers,
    source: {
      isStale: async () => {
        const now = await readConfigFile(options.file, environment, workingDirectory).catch(() => undefined);
        return now?.file !== found?.file || (now !== undefined && !content?.equals(now.content));
      },
      reload: () => loadConfig(options),
      readEntry: (name, value, mayUse) => readRuntimeEntry(name, value, { ...common, mayUse }),
    },
    warnings: [...(document?.warnings ?? []), ...findings.warnings],
  };
}

const problemsShownMax = 20;

function invalid(problems: readonly string[]): OrchestratorError {
  const shown = problems.slice(0, problemsShownMax);
  if (problems.length > shown.length) shown.push(`... and ${problems.length - shown.length} more.`);
  const message =
    shown.length === 1
      ? `The configuration cannot be used: ${shown[0]}`
      : `The configuration cannot be used, for ${problems.length} reasons:\n${shown.map((problem) => `- ${problem}`).join('\n')}`;
  return new OrchestratorError('config_invalid', message, {
    hint: 'Mend what is named and start again; docs/configuration.md lists every setting.',
  });
}

// Editors keep their file in a folder of their own inside the workspace.
function workspaceFolder(directory: string): string {
  return /^\.(?:vscode|cursor|roo|kilocode|gemini)$/.test(path.basename(directory))
    ? path.dirname(directory)
    : directory;
}

function whatToCreate(directory: string): string {
  const example =
    '{ "mcpServers": { "everything": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-everything"] } } }';
  return (
    `There is no ${configFileName} in ${directory} or any folder above it, so there are no servers. ` +
    `Create ${path.join(directory, configFileName)} with, for example: ${example}`
  );
}
