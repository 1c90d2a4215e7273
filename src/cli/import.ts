/** `import --from CLIENT|FILE`: servers of another client's file into our configuration. */
import path from 'node:path';
import { knownClients } from '../config/clients/known-clients.ts';
import { OrchestratorError } from '../errors.ts';
import { counted, printable } from '../text.ts';
import { readIfThere } from '../whole-file.ts';
import { exitCodes } from './exit-codes.ts';
import { applyChanges } from './file-changes.ts';
import { ourConfigFile, thisMachine, undoRecordFile } from './machine.ts';
import { printTakeover, takeoverReport } from './print-takeover.ts';
import {
  type FoundFile,
  findClientFiles,
  planTakeover,
  readNamedFile,
  type Takeover,
  withServers,
} from './take-over.ts';

export interface ImportOptions {
  readonly from: readonly string[];
  readonly config?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Exit code 1 where nothing could be taken over. @throws OrchestratorError: nothing was written */
export async function importServers(options: ImportOptions): Promise<void> {
  const machine = thisMachine();
  const ourFile = await ourConfigFile(machine, options.config);
  const found: FoundFile[] = [];
  for (const from of options.from) found.push(...(await filesOf(from, machine, ourFile)));
  const before = await readIfThere(ourFile);
  const takeover = planTakeover(ourFile, before, found, options.force === true);
  const after = withServers(before, takeover);
  if (!options.dryRun && takeover.added.length > 0)
    await applyChanges([{ file: ourFile, before, after }], undoRecordFile(machine));
  if (options.json) process.stdout.write(`${JSON.stringify(report(ourFile, found, takeover, options))}\n`);
  else print(ourFile, takeover, options);
  process.exitCode =
    takeover.problems.length > 0 && takeover.added.length === 0 ? exitCodes.failed : exitCodes.success;
}

async function filesOf(
  from: string,
  machine: ReturnType<typeof thisMachine>,
  ourFile: string,
): Promise<FoundFile[]> {
  const client = knownClients.find(({ name }) => name === from);
  if (!client) return [await readNamedFile(from, machine, ourFile)];
  const found = await findClientFiles(machine, ourFile, [client]);
  if (found.length > 0) return found;
  const places = client.files(machine).map(({ path: file }) => file);
  throw new OrchestratorError('config_not_found', `There is no configuration of ${client.title} here.`, {
    hint: `Looked for: ${places.join(', ')}. Name the file itself where it is elsewhere: --from FILE`,
  });
}

function report(
  ourFile: string,
  found: readonly FoundFile[],
  takeover: Takeover,
  { dryRun }: ImportOptions,
): object {
  return {
    config: ourFile,
    written: !dryRun && takeover.added.length > 0,
    read: found.map(({ file }) => file),
    ...takeoverReport(takeover),
  };
}

function print(ourFile: string, takeover: Takeover, { dryRun }: ImportOptions): void {
  const { stdout } = process;
  const { added } = takeover;
  printTakeover(takeover);
  const what = counted(added.length, 'server');
  const where = path.relative(process.cwd(), ourFile) || ourFile;
  if (dryRun) stdout.write(`${what} would be added to ${printable(where, stdout)}; nothing was written.\n`);
  else if (added.length > 0)
    stdout.write(
      `${what} added to ${printable(where, stdout)}. "init --undo" takes it back; "doctor" checks them.\n`,
    );
  else stdout.write('Nothing to add.\n');
}
