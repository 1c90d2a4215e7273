/** Entry of the type process: definitions come in as messages, types go back, one after another, in order. */
import { typesOfTool } from './schema-to-type.ts';
import type { FromTypeProcess, ToTypeProcess } from './type-process.ts';

const send = (message: FromTypeProcess): void => {
  process.send?.(message);
};

let last: Promise<void> = Promise.resolve();

process.on('message', (job: ToTypeProcess) => {
  last = last.then(async () => {
    send({ type: 'types', id: job.id, types: await typesOfTool(job.inputSchema, job.outputSchema) });
  });
});

// Without the orchestrator there is nobody to answer.
process.on('disconnect', () => process.exit(0));

// Ctrl-C reaches the whole process group; when this process ends is for the orchestrator to say.
process.on('SIGINT', () => {});

send({ type: 'ready' });
