/** `init`: our configuration out of what there is, and our entry in the clients chosen; `init --undo` takes it back. */
import { withOurEntry } from '../config/clients/add-entry.ts';
import type { Client, Machine } from '../config/clients/client.ts';
import { knownClients } from '../config/clients/known-clients.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import { printable } from '../text.ts';
import { readIfThere } from '../whole-file.ts';
import { exitCodes } from './exit-codes.ts';
import { applyChanges, type FileChange, undoChanges } from './file-changes.ts';
import { type ClientTarget, type InitChoices, type InitOptions, targetsOf } from './init-choices.ts';
import { askForChoices } from './init-questions.ts';
import { ourConfigFile, thisMachine, undoRecordFile } from './machine.ts';
import { printTakeover, takeoverReport } from './print-takeover.ts';
import { type FoundFile, findClientFiles, planTakeover, type Takeover, withServers } from './take-over.ts';

/** Asks on a terminal, unless told not to. @throws OrchestratorError: nothing was written */
export async function init(options: InitOptions): Promise<void> {
  const machine = thisMachine();
  if (options.undo) return undo(machine, options);
  const found = await findClientFiles(machine, await ourConfigFile(machine, options.config));
  const asks = process.stdin.isTTY && process.stdout.isTTY && !options.yes && !options.json;
  const choices = asks
    ? await askForChoices(machine, found, options)
    : await choicesOfFlags(machine, found, options);
  if (!choices) {
    process.exitCode = exitCodes.interrupted;
    return;
  }
  const plan = await planOf(machine, choices, options);
  if (!options.dryRun && plan.changes.length > 0) await applyChanges(plan.changes, undoRecordFile(machine));
  if (options.json) process.stdout.write(`${JSON.stringify(report(choices, plan, options))}\n`);
  else print(choices, plan, options);
  const isUntold = !asks && !options.json && options.import === undefined && options.clients === undefined;
  if (isUntold) printFound(found);
}

/** Nobody was asked and nothing was said: what there would be to take over. */
function printFound(found: readonly FoundFile[]): void {
  const titles = [...new Set(found.flatMap(({ client }) => client?.title ?? []))];
  if (titles.length === 0) return;
  process.stdout.write(
    `Found on this machine and left alone: ${titles.join(', ')}. Their servers: --import all (or names); our entry in them: --clients all.\n`,
  );
}

interface Plan {
  readonly changes: readonly FileChange[];
  readonly takeover: Takeover;
  /** Clients that already start us as they should. */
  readonly unchanged: readonly string[];
}

/** Every new text is made and read back before the first one is written. @throws OrchestratorError config_invalid */
async function planOf(
  machine: Machine,
  { ourFile, importFrom, addTo, move }: InitChoices,
  options: InitOptions,
): Promise<Plan> {
  const before = await readIfThere(ourFile);
  const takeover = planTakeover(ourFile, before, importFrom, options.force === true);
  const after = withServers(before, takeover);
  const changes: FileChange[] = before === after ? [] : [{ file: ourFile, before, after }];
  const unchanged: string[] = [];
  for (const { client, file } of addTo) {
    const text = await readIfThere(file);
    const moved = move ? takeover.added.filter(({ from }) => from === file).map(({ name }) => name) : [];
    const edited = clientText(text ?? '', { client, file }, machine, {
      name: options.name,
      configFile: ourFile,
      remove: moved,
    });
    if (edited === text) unchanged.push(client.title);
    else changes.push({ file, before: text, after: edited });
  }
  return { changes, takeover, unchanged };
}

function clientText(
  text: string,
  { client, file }: ClientTarget,
  machine: Machine,
  change: Parameters<typeof withOurEntry>[3],
): string {
  try {
    return withOurEntry(text, client, machine, change);
  } catch (error) {
    throw new OrchestratorError(
      'config_invalid',
      `${file} of ${client.title} cannot be changed: ${messageOf(error)}.`,
      {
        hint: `Mend it, or leave ${client.name} out of --clients. Nothing was changed.`,
        cause: error,
      },
    );
  }
}

async function choicesOfFlags(
  machine: Machine,
  found: readonly FoundFile[],
  options: InitOptions,
): Promise<InitChoices> {
  const ourFile = await ourConfigFile(machine, options.config);
  const from = namesOf(options.import ?? ['none'], '--import');
  const to = namesOf(options.clients ?? ['none'], '--clients');
  const wantsAll = options.clients?.includes('all') === true;
  return {
    ourFile,
    importFrom: found.filter(({ client }) => client && from.includes(client)),
    addTo: targetsOf(machine, to, found, wantsAll),
    move: options.move === true,
  };
}

function namesOf(names: readonly string[], option: string): Client[] {
  if (names.includes('none')) return [];
  if (names.includes('all')) return [...knownClients];
  return names.map((name) => {
    const client = knownClients.find((one) => one.name === name);
    if (client) return client;
    throw new OrchestratorError('config_invalid', `${option}: there is no client "${name}".`, {
      hint: `There are: ${knownClients.map((one) => one.name).join(', ')}, and all and none.`,
    });
  });
}

async function undo(machine: Machine, { json }: InitOptions): Promise<void> {
  const undone = await undoChanges(undoRecordFile(machine));
  if (json) process.stdout.write(`${JSON.stringify(undone ?? null)}\n`);
  else if (!undone) process.stdout.write('There is nothing to take back.\n');
  else {
    for (const file of undone.restored) process.stdout.write(`restored ${file}\n`);
    for (const file of undone.removed) process.stdout.write(`removed ${file}\n`);
    for (const { file, backup } of undone.kept)
      console.error(
        `${file} was changed since and stays as it is; what stood there before: ${backup ?? '(nothing)'}`,
      );
  }
  process.exitCode = undone && undone.kept.length > 0 ? exitCodes.failed : exitCodes.success;
}

function report(
  choices: InitChoices,
  { changes, takeover, unchanged }: Plan,
  { dryRun }: InitOptions,
): object {
  return {
    config: choices.ourFile,
    written: dryRun ? [] : changes.map(({ file }) => file),
    would_write: dryRun ? changes.map(({ file }) => file) : [],
    unchanged,
    ...takeoverReport(takeover),
  };
}

function print(choices: InitChoices, { changes, takeover, unchanged }: Plan, { dryRun }: InitOptions): void {
  const { stdout } = process;
  printTakeover(takeover);
  for (const { file, before } of changes) {
    const what = before === undefined ? 'made' : 'changed (with a backup beside it)';
    stdout.write(`${dryRun ? 'would be ' : ''}${what}: ${printable(file, stdout)}\n`);
  }
  for (const title of unchanged) stdout.write(`${title} starts us already.\n`);
  const isNew = changes.some(({ file, before }) => file === choices.ourFile && before === undefined);
  if (isNew && takeover.added.length === 0)
    stdout.write('It names no servers yet: write them under "mcpServers", as any MCP client has them.\n');
  if (dryRun) return;
  if (changes.length === 0) stdout.write('Everything is as it should be; nothing was written.\n');
  else stdout.write('"init --undo" takes all of this back.\n');
  const again = choices.addTo.map(({ client }) => client.title).join(', ');
  if (again !== '' && changes.length > 0)
    stdout.write(`Restart ${again}, then: mcp-tools-orchestrator doctor\n`);
}
