/** Where the time of a call goes: each part measured by itself, with what lies behind it answering at once. */
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import { loadConfig } from '../../src/config/load.ts';
import type { Isolation } from '../../src/config/types.ts';
import { localCaller } from '../../src/downstream/caller.ts';
import { ConnectionPool } from '../../src/downstream/pool.ts';
import { SandboxPool } from '../../src/execution/sandbox-pool.ts';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { median, timed } from '../measure.ts';
import { createWorkplace, runScript } from '../subjects.ts';
import { withOurs } from './connected.ts';
import type { RowGroup } from './group.ts';

const calls = 1_000;
const code = `for (let i = 0; i < ${calls}; i += 1) await bench_1.echo({ text: String(i) })`;

export const splitGroups: readonly RowGroup[] = [
  {
    rows: [
      { name: 'of a call: guest and bridge (a script in our own process, answered at once)', unit: 'ms' },
      { name: 'of a call: the way to the sandbox process and back', unit: 'ms' },
      { name: 'of a call: our connection, the server and the pipe to it', unit: 'ms' },
      { name: 'of a call: router, journal and all else', unit: 'ms' },
    ],
    async measure({ batches }) {
      const guest = await sandboxMs('in-process', batches);
      const sandbox = await sandboxMs('process', batches);
      const downstream = await downstreamMs(batches);
      const whole = await withOurs({}, (ours) =>
        medianOf(batches, async () => (await timed(() => runScript(ours, code))) / calls),
      );
      return [
        { ours: guest },
        { ours: sandbox - guest },
        { ours: downstream },
        { ours: whole - sandbox - downstream },
      ];
    },
  },
];

async function sandboxMs(isolation: Isolation, batches: number): Promise<number> {
  const pool = new SandboxPool({ limits: defaultLimits(), log: silentLog, isolation });
  pool.setApi(JSON.stringify({ servers: { bench_1: ['echo'] } }));
  const script = {
    code,
    signal: new AbortController().signal,
    onCall: async () => ({ ok: true, value: '"1"' }) as const,
    onOutput: () => {},
  };
  let runs = 0;
  try {
    return await medianOf(batches, async () => {
      runs += 1;
      return (await timed(() => pool.run({ ...script, run: `run_${runs}` }))) / calls;
    });
  } finally {
    await pool.close();
  }
}

async function downstreamMs(batches: number): Promise<number> {
  const workplace = await createWorkplace();
  const { servers, limits, directory } = await loadConfig({
    file: workplace.configFile,
    environment: {},
    directory: '/',
  });
  const pool = new ConnectionPool(servers, {
    limits,
    log: silentLog,
    defaultEnvironment: getDefaultEnvironment(),
  });
  try {
    const connection = pool.get('bench_1');
    if (!connection) throw new Error(`No server is configured in ${directory}.`);
    const options = { repeatable: false, caller: localCaller };
    return await medianOf(batches, async () => {
      const ms = await timed(async () => {
        for (let index = 0; index < calls; index += 1)
          await connection.callTool('echo', { text: String(index) }, options);
      });
      return ms / calls;
    });
  } finally {
    await pool.close();
    await workplace.remove();
  }
}

/** After a first time that is not counted. */
async function medianOf(batches: number, work: () => Promise<number>): Promise<number> {
  const samples: number[] = [];
  for (let turn = 0; turn <= batches; turn += 1) {
    const sample = await work();
    if (turn > 0) samples.push(sample);
  }
  return median(samples);
}
