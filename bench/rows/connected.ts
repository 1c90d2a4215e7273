/** One orchestrator, and a direct client beside it, kept for all of a group: connected and warm before anything is measured. */
import {
  backgroundWorkDone,
  callDirect,
  createWorkplace,
  runScript,
  type Subject,
  startDirect,
  startOurs,
  type WorkplaceOptions,
} from '../subjects.ts';

/** Both sides have listed the tools and made a call before, as any host and agent has. */
export function withBoth<Result>(
  options: WorkplaceOptions,
  work: (ours: Subject, direct: Subject) => Promise<Result>,
): Promise<Result> {
  return withOurs(options, async (ours) => {
    const direct = await startDirect();
    try {
      await direct.client.listTools();
      await callDirect(direct, 'echo', { text: '1' });
      return await work(ours, direct);
    } finally {
      await direct.close();
    }
  });
}

export async function withOurs<Result>(
  options: WorkplaceOptions,
  work: (ours: Subject) => Promise<Result>,
): Promise<Result> {
  const workplace = await createWorkplace(options);
  let ours: Subject | undefined;
  try {
    ours = await startOurs(workplace);
    await ours.client.listTools();
    await backgroundWorkDone(ours, workplace);
    await runScript(ours, `return await bench_1.echo({ text: '1' })`);
    return await work(ours);
  } finally {
    await ours?.close();
    await workplace.remove();
  }
}
