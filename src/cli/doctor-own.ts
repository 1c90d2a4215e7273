/** Ourselves looked at: Node, the sandbox and the type checker, folders, storage, the port; and the clients' files. */
import { randomUUID } from 'node:crypto';
import { readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import { knownClients } from '../config/clients/known-clients.ts';
import type { Config } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import { silentLog } from '../log.ts';
import { fileProblem, makeFolder } from '../whole-file.ts';
import { type Diagnosis, failed, type Look, ok, warning } from './diagnosis.ts';
import { thisMachine } from './machine.ts';
import { openOrchestrator } from './session.ts';

const nodeMajorMin = 24;

/** Never rejects: what goes wrong is a finding. */
export async function diagnoseOurselves(config: Config): Promise<Diagnosis[]> {
  const looks = await Promise.all([
    [lookAtNode()],
    lookAtSandbox(config),
    lookAtFolder('cache', config.cacheDirectory),
    lookAtFolder('generated', config.generatedFile && path.dirname(config.generatedFile)),
    lookAtPort(config),
  ]);
  return [
    { subject: 'orchestrator', kind: 'orchestrator', looks: looks.flat() },
    ...(await diagnoseClients()),
  ];
}

function lookAtNode(): Look {
  const { node } = process.versions;
  return Number.parseInt(node, 10) >= nodeMajorMin
    ? ok('Node', `${node} on ${process.platform}-${process.arch}`)
    : failed('Node', `this is Node ${node}`, `Install Node ${nodeMajorMin} or newer.`);
}

/** A real script, with its types checked. */
async function lookAtSandbox(config: Config): Promise<Look[]> {
  const alone = { ...config, servers: [], unusableServers: [], generatedFile: undefined };
  try {
    const orchestrator = await openOrchestrator(alone, silentLog);
    try {
      const { status, error, unchecked, stats } = await orchestrator.runner.run({
        code: 'const one: number = 1; return one + 1;',
      });
      const reinstall =
        'Reinstall the package; see docs/sandbox.md for the platforms that have a prebuilt sandbox.';
      const storage = orchestrator.storage.health();
      return [
        status === 'success'
          ? ok('sandbox', `a script ran in ${Math.round(stats.wall_ms)} ms (${config.isolation})`)
          : failed('sandbox', `a script does not run: ${error?.message ?? status}`, error?.hint ?? reinstall),
        unchecked === undefined
          ? ok('type check', config.check)
          : warning('type check', `scripts run unchecked: ${unchecked}`, reinstall),
        storage.ok
          ? ok('storage', orchestrator.storage.driver)
          : failed(
              'storage',
              storage.problem ?? 'it does not work',
              config.storage.driver === 'redis'
                ? 'Start it, or choose another "storage".'
                : 'Mend the folder, or choose another "storage".',
            ),
      ];
    } finally {
      await orchestrator.close();
    }
  } catch (error) {
    return [failed('sandbox', messageOf(error), 'Reinstall the package, then run doctor again.')];
  }
}

async function lookAtFolder(setting: 'cache' | 'generated', folder: string | undefined): Promise<Look[]> {
  if (folder === undefined) return [ok(setting, 'nothing is written')];
  const probe = path.join(folder, `.${randomUUID()}`);
  try {
    const made = await makeFolder(folder);
    await writeFile(probe, '');
    await rm(probe);
    // To look leaves nothing behind.
    if (made !== undefined) await removeEmpty(folder, made);
    return [ok(setting, folder)];
  } catch (error) {
    const fix = `Give this user the right to write there, or set "orchestrator.${setting}" to another place or false.`;
    return [warning(setting, `${folder} cannot be written: ${fileProblem(error)}`, fix)];
  }
}

/** A folder and those around it, as far as they were made with it and nobody has put anything there. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let one = folder; one.startsWith(first); one = path.dirname(one)) {
    const isGone = await rmdir(one).then(
      () => true,
      () => false,
    );
    if (!isGone || one === first) return;
  }
}

async function lookAtPort({ transport, http }: Config): Promise<Look[]> {
  if (transport !== 'http') return [];
  const { host, port } = http;
  const error = await new Promise<Error | undefined>((resolve) => {
    const server = createServer()
      .once('error', resolve)
      .listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (!error) return [ok('port', `${host}:${port} is free`)];
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  return [
    isTaken
      ? warning(
          'port',
          `${host}:${port} is taken`,
          'Fine where our own server runs there already; else choose another "http.port".',
        )
      : failed(
          'port',
          `${host}:${port} cannot be listened on: ${messageOf(error)}`,
          'Choose another "http.host" or "http.port".',
        ),
  ];
}

/** Files of the clients on this machine that their owners will not be able to read. */
async function diagnoseClients(): Promise<Diagnosis[]> {
  const machine = thisMachine();
  const found = await Promise.all(
    knownClients
      .filter(({ syntax }) => syntax === 'json')
      .flatMap((client) => client.files(machine).map(({ path: file }) => ({ client, file })))
      .map(async ({ client, file }) => {
        const text = await readFile(file, 'utf8').catch(() => undefined);
        const look = text === undefined ? undefined : lookAtJson(text, file, client.comments);
        return look && ({ subject: client.title, kind: 'client', looks: [look] } as const);
      }),
  );
  return found.filter((diagnosis) => diagnosis !== undefined);
}

function lookAtJson(text: string, file: string, comments: boolean): Look {
  const errors: ParseError[] = [];
  parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0)
    return warning('file', `${file} is not JSON`, 'Mend it: the client cannot read its servers.');
  if (comments || isStrictJson(text)) return ok('file', file);
  return warning(
    'file',
    `${file} has comments or trailing commas, which this client does not read`,
    'Remove them.',
  );
}

function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
