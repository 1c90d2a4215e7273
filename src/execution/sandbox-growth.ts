/** When a further sandbox process would be of use to those that wait for one. */
import { availableParallelism } from 'node:os';

/**
 * Starting a process takes 50 ms of a core, more than most scripts: those that wait get one only when no other script
 * has ended for `growMs` (they wait on tools, then, and not for a core), or at the latest after `growMsMax`.
 */
const growMs = 60;
const growMsMax = 100;
/** Where the cores are at work for us already, further processes only make all of them slower: then those that wait have patience. */
const growBusyMsMax = 1_000;
const busyShare = 0.5;

export interface Pressure {
  /** Scripts so far. */
  started(): number;
  /** Of the script that has waited longest. */
  waitedMs(): number;
  /** Processor time of all sandboxes. */
  cpuMs(): number;
}

/** Looks for `growMs`, and then says. */
export function whenWorthIt(pressure: Pressure, say: (isWorthIt: boolean) => void): NodeJS.Timeout {
  const usedMs = () => ownCpuMs() + pressure.cpuMs();
  const before = { ms: performance.now(), usedMs: usedMs(), started: pressure.started() };
  return setTimeout(() => {
    const ms = performance.now() - before.ms;
    const isBusy = usedMs() - before.usedMs > busyShare * availableParallelism() * ms;
    const patienceMs = isBusy ? growBusyMsMax : growMsMax;
    say(pressure.started() === before.started || pressure.waitedMs() > patienceMs);
  }, growMs);
}

/** What answers the scripts computes too. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
