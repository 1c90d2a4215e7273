/** `doctor`: what works, what does not, and what to do about it. Works with a broken configuration: then it is called. */
import os from 'node:os';
import { lockFileOf } from '../catalog/lock-file.ts';
import { Pins } from '../catalog/pins.ts';
import { processEnvironment, serverEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { counted, printable } from '../text.ts';
import { type Diagnosis, failed, hasFailed, type Look, ok, warning } from './diagnosis.ts';
import { diagnoseOurselves } from './doctor-own.ts';
import { diagnoseServer, diagnoseUnusable } from './doctor-server.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, interruptSignal } from './session.ts';
import { ProgressLine, paint } from './terminal.ts';

/** Exit code 1 where something does not work. @param only servers by name; all, and ourselves, where empty */
export async function doctor(
  only: readonly string[],
  options: CommonOptions & { json?: boolean },
): Promise<void> {
  const signal = interruptSignal();
  const progress = new ProgressLine();
  const { config, looks } = await configuration(options);
  const servers = config.servers.filter(({ name }) => only.length === 0 || only.includes(name));
  const unusable = config.unusableServers.filter(({ name }) => only.length === 0 || only.includes(name));
  const unknown = only.filter((name) => ![...servers, ...unusable].some((server) => server.name === name));
  let done = 0;
  const show = () => progress.show(`looking at ${counted(servers.length, 'server')}; ${done} done ...`);
  show();
  // What was pinned once is worth a look, also where nobody acts on it now.
  const mode = config.pins === 'off' ? 'warn' : config.pins;
  const pins = await Pins.open({ file: lockFileOf(config), mode, log: silentLog });
  const [ours, ...theirs] = await Promise.all([
    only.length === 0 ? diagnoseOurselves(config) : [],
    ...servers.map(async (server) => {
      const diagnosis = await diagnoseServer(server, {
        limits: config.limits,
        defaultEnvironment: serverEnvironment(),
        signal,
        pins,
      });
      done += 1;
      show();
      return diagnosis;
    }),
  ]);
  progress.clear();
  const diagnoses: Diagnosis[] = [
    {
      subject: 'configuration',
      kind: 'orchestrator',
      looks: [...looks, ...unknown.map((name) => notThere(name, config))],
    },
    ...ours,
    ...theirs,
    ...unusable.map(diagnoseUnusable),
  ];
  if (options.json) process.stdout.write(`${JSON.stringify(report(diagnoses))}\n`);
  else print(diagnoses);
  process.exitCode = signal.aborted
    ? exitCodes.interrupted
    : diagnoses.some(hasFailed)
      ? exitCodes.failed
      : exitCodes.success;
}

/** With a broken file, ourselves are looked at with the defaults. */
async function configuration({
  config: file,
  profile,
}: CommonOptions): Promise<{ config: Config; looks: Look[] }> {
  const environment = processEnvironment();
  try {
    const config = await loadConfig({
      ...(file !== undefined && { file }),
      environment,
      directory: process.cwd(),
      overrides: { profile },
    });
    const count = config.servers.length + config.unusableServers.length;
    const what = config.file === undefined ? 'there is none' : `${config.file}, ${counted(count, 'server')}`;
    return {
      config,
      looks: [
        ok('file', what),
        ...config.warnings.map((text) => warning('file', text, 'Mend it where it is meant otherwise.')),
      ],
    };
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    const config = await loadConfig({ environment: { HOME: environment.HOME }, directory: os.tmpdir() });
    const fix = error.hint ?? 'Mend it as it says.';
    return { config: { ...config, warnings: [] }, looks: [failed('file', messageOf(error), fix)] };
  }
}

function notThere(name: string, { servers, unusableServers }: Config): Look {
  const known = [...servers, ...unusableServers].map((server) => server.name);
  const fix = known.length === 0 ? 'It names none.' : `It has: ${known.join(', ')}.`;
  return failed('servers', `there is no server "${name}"`, fix);
}

function report(diagnoses: readonly Diagnosis[]): object {
  return { ok: !diagnoses.some(hasFailed), diagnoses };
}

const marks = { ok: '✓', warning: '!', failed: '✗' } as const;
const colours = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

function print(diagnoses: readonly Diagnosis[]): void {
  const { stdout } = process;
  for (const { subject, looks } of diagnoses) {
    stdout.write(`${paint('bold', subject, stdout)}\n`);
    for (const { step, verdict, message, fix } of looks) {
      const text = printable(message, stdout).replaceAll('\n', '\n      ');
      stdout.write(`  ${paint(colours[verdict], marks[verdict], stdout)} ${step}: ${text}\n`);
      if (fix !== undefined) stdout.write(`      ${printable(fix, stdout)}\n`);
    }
  }
  const all = diagnoses.flatMap(({ looks }) => looks);
  const failures = all.filter(({ verdict }) => verdict === 'failed').length;
  const warnings = all.filter(({ verdict }) => verdict === 'warning').length;
  stdout.write(`${counted(all.length, 'check')}: ${failures} failed, ${counted(warnings, 'warning')}\n`);
}
