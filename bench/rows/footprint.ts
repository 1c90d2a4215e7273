/** What we cost beside time: memory of our processes, and characters in the agent's context. */
import { canMeasureMemory, ownMegabytes, sandboxMegabytes } from '../memory.ts';
import { createWorkplace, runScript, type Subject, startBare, startDirect, startOurs } from '../subjects.ts';
import { atMost, type RowGroup } from './group.ts';

/** By then the background work of a start is done, and V8, which waits some seconds for that, has given back what it took. */
const restMs = 20_000;
const scriptsAtOnce = 20;
const loadRounds = 5;
const definedServers = 30;

const memory: RowGroup = {
  rows: [
    { name: 'memory at rest, all our processes, 5 servers', unit: 'MB', bar: atMost(150) },
    { name: 'memory of one sandbox process at rest', unit: 'MB', bar: atMost(20) },
    { name: 'memory under load (20 scripts at once), peak', unit: 'MB' },
  ],
  async measure() {
    const workplace = await createWorkplace({ servers: 5 });
    const subjects: Subject[] = [];
    try {
      const ours = await startOurs(workplace);
      subjects.push(ours);
      const bare = await startBare();
      subjects.push(bare);
      await runScript(ours, `return await bench_1.echo({ text: '1' })`);
      await new Promise((resolve) => setTimeout(resolve, restMs));
      const atRest = await ownMegabytes(ours.pid);
      const floor = await ownMegabytes(bare.pid);
      const sandbox = await sandboxMegabytes(ours.pid);
      return [{ ours: atRest, floor }, { ours: sandbox }, { ours: await peakUnderLoad(ours) }];
    } finally {
      await Promise.all(subjects.map((subject) => subject.close()));
      await workplace.remove();
    }
  },
};

const definitions: RowGroup = {
  rows: [{ name: `tool definitions, ${definedServers} servers`, unit: 'characters', bar: atMost(4_500) }],
  async measure() {
    const workplace = await createWorkplace({ servers: definedServers });
    try {
      const ours = await definitionCharacters(await startOurs(workplace));
      return [{ ours, floor: definedServers * (await definitionCharacters(await startDirect())) }];
    } finally {
      await workplace.remove();
    }
  },
};

export const footprintGroups: readonly RowGroup[] = [...(canMeasureMemory ? [memory] : []), definitions];

async function peakUnderLoad(ours: Subject): Promise<number> {
  const code = `const text = await bench_1.payload({ bytes: 100_000 });
    for (let i = 0; i < 20; i += 1) await bench_1.echo({ text: String(i) });
    return text.length`;
  let peak = 0;
  for (let round = 0; round < loadRounds; round += 1) {
    let isRunning = true;
    const scripts = Promise.all(Array.from({ length: scriptsAtOnce }, () => runScript(ours, code))).finally(
      () => {
        isRunning = false;
      },
    );
    do {
      peak = Math.max(peak, await ownMegabytes(ours.pid));
    } while (isRunning);
    await scripts;
  }
  return peak;
}

async function definitionCharacters(subject: Subject): Promise<number> {
  const { tools } = await subject.client.listTools();
  await subject.close();
  return JSON.stringify(tools).length;
}
