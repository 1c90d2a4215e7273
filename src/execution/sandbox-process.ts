/** How a sandbox process is started: the flags that take its rights away, and isolated-vm's addon for this platform. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxLimits } from '../../sandbox/protocol.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';

/** The built sandbox, seen from src/ and from dist/src/. */
const sandboxDirectory = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/sandbox/' : '../../sandbox/', import.meta.url),
);

/**
 * Nearly all that was ever used to break out of V8 are faults of its optimizing compilers. The baseline compiler, which
 * turns bytecode into machine code step by step and assumes nothing, halves the cost of a call: it stays.
 */
const compilerFlags = {
  baseline: ['--disable-optimizing-compilers', '--regexp-interpret-all'],
  none: ['--jitless'],
} as const;

/** How the process reads its end of the pipe: only Linux gives it a descriptor that blocks. */
const pipeOfPlatform = process.platform === 'linux' ? 'blocking' : 'stream';

const shell = '/bin/sh';
/** The process becomes the other program: it stays the same, and nothing of the shell is left. */
const limitedStart = 'ulimit -t "$1" 2>/dev/null; shift; unset PWD OLDPWD SHLVL; exec "$@"';
const spareCpuMs = 10_000;
const wornCpuMsMin = 30_000;

/** A process that has used so much of the processor takes no further script. */
export function wornCpuMs({ cpuMsMax }: Limits): number {
  return Math.max(cpuMsMax, wornCpuMsMin);
}

/**
 * Starts a sandbox process: no environment, no file system but its own code and the addon, no processes, no workers,
 * no optimizing compilers, frames on file descriptor 3. On Linux the kernel ends it when it has used more of the
 * processor than all its scripts may, whatever has become of us: there a script that cannot be interrupted also keeps
 * the process from noticing our end.
 *
 * @param options.jitless no machine code is made at all
 *
 * @throws OrchestratorError sandbox_failed where it is not built, or isolated-vm has no addon for this platform
 */
export function startSandboxProcess(
  limits: Limits,
  { jitless = false, pipe = pipeOfPlatform }: { jitless?: boolean; pipe?: 'blocking' | 'stream' } = {},
): ChildProcess {
  const main = findBuilt('main.cjs');
  const addon = findAddon();
  const [command, ...first] = limitedCommand(limits);
  const child = spawn(
    command,
    [
      ...first,
      ...compilerFlags[jitless ? 'none' : 'baseline'],
      // Scripts are short and one core each: threads that help the collector or the compiler cost more in waking than they save.
      '--single-threaded-gc',
      '--no-concurrent-sparkplug',
      '--permission',
      '--allow-addons',
      `--allow-fs-read=${dirname(main)}`,
      `--allow-fs-read=${addon.packageDirectory}`,
      // isolated-vm's condition; measured not to be needed on Linux, where it would double the start.
      ...(process.platform === 'linux' ? [] : ['--no-node-snapshot']),
      main,
      addon.file,
      JSON.stringify(sandboxLimits(limits)),
      pipe,
    ],
    { env: {}, cwd: dirname(main), stdio: ['ignore', 'ignore', 'pipe', 'pipe'], windowsHide: true },
  );
  if (process.platform === 'linux' && child.pid !== undefined) {
    // When the machine runs out of memory, a sandbox is the first to go. Raising the score needs no right.
    writeFile(`/proc/${child.pid}/oom_score_adj`, '1000').catch(() => {});
    // A script that fills its heap at once makes the process abort: nobody wants its memory on disk.
    writeFile(`/proc/${child.pid}/coredump_filter`, '0').catch(() => {});
  }
  return child;
}

function limitedCommand(limits: Limits): [string, ...string[]] {
  if (process.platform !== 'linux' || !existsSync(shell)) return [process.execPath];
  const cpuMs = wornCpuMs(limits) + limits.cpuMsMax + limits.stopMsMax + spareCpuMs;
  return [shell, '-c', limitedStart, 'sh', String(Math.ceil(cpuMs / 1_000)), process.execPath];
}

/** What the sandbox itself enforces. */
export function sandboxLimits(limits: Limits): SandboxLimits {
  const { cpuMsMax, heapMebibytesMax, residentMebibytesMax, callsMax, callsInFlightMax } = limits;
  const { argumentBytesMax, outputBytesMax, resultBytesMax, timersMax } = limits;
  const { stopCallsMax, stopCpuMsMax, leftCallMsMax } = limits;
  return {
    cpuMsMax,
    heapMebibytesMax,
    residentMebibytesMax,
    callsMax,
    callsInFlightMax,
    argumentBytesMax,
    outputBytesMax,
    resultBytesMax,
    timersMax,
    stopCallsMax,
    stopCpuMsMax,
    leftCallMsMax,
  };
}

/**
 * The path of a built file of the sandbox.
 *
 * @throws OrchestratorError sandbox_failed
 */
export function findBuilt(name: string): string {
  const file = join(sandboxDirectory, name);
  if (existsSync(file)) return realpathSync(file);
  throw new OrchestratorError('sandbox_failed', `The sandbox is not built: ${file} is missing.`, {
    hint: 'Run "npm run build", or reinstall the package.',
  });
}

interface Addon {
  readonly packageDirectory: string;
  readonly file: string;
}

let addonFound: Addon | undefined;

/**
 * As isolated-vm's own loader looks for it: compiled on this machine, else prebuilt.
 *
 * @throws OrchestratorError sandbox_failed
 */
export function findAddon(): Addon {
  if (addonFound) return addonFound;
  const packageDirectory = realpathSync(
    dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json')),
  );
  const { platform, arch } = process;
  const libc = platform === 'linux' ? (existsSync('/etc/alpine-release') ? '.musl' : '.glibc') : '';
  const prebuilt = join(
    'prebuilds',
    `${platform}-${arch}`,
    `isolated-vm.abi${process.versions.modules}${libc}.node`,
  );
  const file = [join('build', 'Release', 'isolated_vm.node'), prebuilt]
    .map((path) => join(packageDirectory, path))
    .find((path) => existsSync(path));
  if (file === undefined) {
    throw new OrchestratorError(
      'sandbox_failed',
      `isolated-vm has no addon for ${platform}-${arch}${libc} and Node ${process.version}: ${join(packageDirectory, prebuilt)} is missing.`,
      {
        hint: 'Use Node 24 or 26 on a platform with a prebuilt addon, or install a C++ compiler and Python and run "npm rebuild isolated-vm".',
      },
    );
  }
  addonFound = { packageDirectory, file };
  return addonFound;
}
