/** 200 clients at once over HTTP for a minute (5 s with `--quick`): nothing lost, nothing mixed up, memory flat. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runLoad } from '../http-load.ts';
import { type Effort, median, quickEffort } from '../measure.ts';
import { ourProgram, serverProgram, startHttp } from '../subjects.ts';
import { atMost, type Measured, type RowGroup } from './group.ts';

const clients = 200;
const name = `http load, ${clients} clients`;

export const httpLoadGroups: readonly RowGroup[] = [
  {
    rows: [
      { name: `${name}: answers lost`, unit: 'count', bar: atMost(0) },
      { name: `${name}: answers for somebody else`, unit: 'count', bar: atMost(0) },
      { name: `${name}: memory grown in the second half`, unit: 'MB', bar: atMost(100) },
      { name: `${name}: time to an answer`, unit: 'ms' },
      { name: `${name}: answers`, unit: 'calls/s' },
    ],
    measure,
  },
];

async function measure({ batches }: Effort): Promise<Measured[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orchestrator-bench-'));
  const configFile = path.join(folder, 'mcp_servers_config.json');
  const bench = { command: process.execPath, args: [serverProgram] };
  const orchestrator = { cache: false, generated: false, limits: { callsPerServerMax: 64 } };
  await writeFile(configFile, JSON.stringify({ mcpServers: { bench }, orchestrator }));
  const command = [ourProgram, 'serve', '--transport', 'http', '--port', '0', '--config', configFile];
  const front = await startHttp(command, 'stderr');
  const seconds = batches <= quickEffort.batches ? 5 : 60;
  try {
    const { answered, wrong, lost, memory, times } = await runLoad({
      url: front.url,
      clients,
      seconds,
      echo: 'bench.echo',
    });
    if (lost[0] !== undefined) process.stderr.write(`lost: ${lost[0]}\n`);
    const megabytes = (memory.after - memory.before) / 1e6;
    return [lost.length, wrong, megabytes, median(times), Math.round(answered / seconds)].map((ours) => ({
      ours,
    }));
  } finally {
    front.process.kill();
    await rm(folder, { recursive: true, force: true });
  }
}
