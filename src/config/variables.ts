/** The environment variables that hold settings, and a word about those that are nearly one. */
import { limitTable, limitVariable } from '../limits.ts';
import { nearestWord } from './nearest.ts';
import { configFileVariables } from './paths.ts';
import type { Findings } from './report.ts';
import type { SettingName } from './schema.ts';

/** The variables of each setting; the first one that is set counts. The last of `log_level` is the seed gateway's. */
export const settingVariables: Readonly<Record<SettingName, readonly string[]>> = {
  generated: ['MCP_ORCHESTRATOR_GENERATED'],
  cache: ['MCP_ORCHESTRATOR_CACHE'],
  check: ['MCP_ORCHESTRATOR_CHECK'],
  learnTypes: ['MCP_ORCHESTRATOR_LEARN_TYPES'],
  sandbox: ['MCP_ORCHESTRATOR_SANDBOX_ISOLATION'],
  log_level: ['MCP_ORCHESTRATOR_LOG_LEVEL', 'ORCHESTRATOR_LOG_LEVEL'],
};

/** The seed gateway's name for `connectMsMax`; in seconds. */
export const connectSecondsVariable = 'MCP_ORCHESTRATOR_CONNECTION_TIMEOUT';

const prefix = 'MCP_ORCHESTRATOR_';

/** Variables with our prefix may be meant for other parts or programs: only a near miss is worth a warning. */
export function warnOfMisspeltVariables(environment: NodeJS.ProcessEnv, findings: Findings): void {
  const known = knownVariables()
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(prefix) || known.includes(name.slice(prefix.length))) continue;
    const meant = nearestWord(name.slice(prefix.length), known);
    if (meant !== undefined) {
      findings.warning(
        `The environment variable ${name} is not known and has no effect; did you mean ${prefix}${meant}?`,
      );
    }
  }
}

function knownVariables(): string[] {
  return [
    ...configFileVariables,
    ...Object.values(settingVariables).flat(),
    connectSecondsVariable,
    ...Object.keys(limitTable).map(limitVariable),
  ];
}
