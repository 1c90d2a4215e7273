/** What `init` asks on a terminal. */
import path from 'node:path';
import type { Machine } from '../config/clients/client.ts';
import { knownClients } from '../config/clients/known-clients.ts';
import { type InitChoices, type InitOptions, targetsOf } from './init-choices.ts';
import { ourConfigFile } from './machine.ts';
import type { FoundFile } from './take-over.ts';

/** Undefined where the user gave up: then nothing is done. */
export async function askForChoices(
  machine: Machine,
  found: readonly FoundFile[],
  options: InitOptions,
): Promise<InitChoices | undefined> {
  const { intro, outro, text, multiselect, confirm, isCancel, cancel } = await import('@clack/prompts');
  const giveUp = () => {
    cancel('Nothing was changed.');
    return undefined;
  };
  intro('MCP Tools Orchestrator');
  const where = await text({
    message: 'Where is the configuration to be?',
    initialValue: await ourConfigFile(machine, options.config),
  });
  if (isCancel(where)) return giveUp();
  const withServers = found.filter(({ servers }) => servers.length > 0);
  let importFrom: FoundFile[] = [];
  let move = false;
  if (withServers.length > 0) {
    const chosen = await multiselect({
      message: 'Import the servers of:',
      options: withServers.map((one) => ({
        value: one,
        label: one.client?.title ?? one.file,
        hint: `${one.servers.map(({ name }) => name).join(', ')} · ${one.file}`,
      })),
      initialValues: withServers,
      required: false,
    });
    if (isCancel(chosen)) return giveUp();
    importFrom = chosen;
  }
  const there = new Set(found.map(({ client }) => client));
  const chosenClients = await multiselect({
    message: 'Add the orchestrator to:',
    options: knownClients.map((client) => ({
      value: client,
      label: client.title,
      ...(!there.has(client) && { hint: 'not found here' }),
    })),
    initialValues: knownClients.filter((client) => there.has(client)),
    required: false,
  });
  if (isCancel(chosenClients)) return giveUp();
  const addTo = targetsOf(machine, chosenClients, found, false);
  if (importFrom.some(({ file }) => addTo.some((target) => target.file === file))) {
    const wanted = await confirm({
      message: 'Remove the imported servers there, so that they are reached through the orchestrator only?',
      initialValue: true,
    });
    if (isCancel(wanted)) return giveUp();
    move = wanted;
  }
  const files = [where, ...addTo.map(({ file }) => file)];
  const sure = await confirm({ message: `Write ${files.join(', ')}? (each with a backup beside it)` });
  if (isCancel(sure) || !sure) return giveUp();
  outro('Writing.');
  return { ourFile: path.resolve(machine.directory, where), importFrom, addTo, move };
}
