/**
 * Preloaded into an orchestrator whose memory is measured: on SIGUSR2 it collects all garbage, as V8 does where memory
 * runs out, and writes what it holds then to the file that BENCH_WEIGHT names. An ordinary collection does not give back
 * the young generation, which V8 lets grow to over 100 MB under load.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const file = process.env.BENCH_WEIGHT;
if (file) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect({ type: 'major', flavor: 'last-resort' });
    writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()));
    renameSync(`${file}.part`, file);
  });
}
