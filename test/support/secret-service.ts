/** A session bus of the test's own, with a real key store on it (Secret Service, by gnome-keyring). */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type OnEnd, temporaryFolder } from './folder.ts';

/** Tests with a key store are skipped, by name, where there is none: `apt-get install dbus gnome-keyring`. */
export const hasSecretService =
  process.platform === 'linux' &&
  spawnSync('dbus-daemon', ['--version']).status === 0 &&
  spawnSync('gnome-keyring-daemon', ['--version']).status === 0;

export interface SecretService {
  /** For whoever is to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** The bus goes on, and starts another one for whoever asks: that is locked. */
  lock(): Promise<void>;
  /** Nothing answers there any more. */
  stop(): Promise<void>;
}

export async function startSecretService(onEnd: OnEnd = onTestFinished): Promise<SecretService> {
  const folder = temporaryFolder(onEnd);
  const address = `unix:path=${path.join(folder, 'bus')}`;
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...rest } = process.env;
  // It must neither find the user's keys, nor ask the user anything.
  const env = {
    ...rest,
    ...{ HOME: folder, XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: address },
  };
  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[], password = ''): Promise<ChildProcess> => {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(child);
    // The bus reads nothing.
    child.stdin.on('error', () => {}).end(password);
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('exit', () => reject(new Error(`${program} ended`)));
      // Both say where they are reached once they are.
      child.stdout.once('data', () => resolve(child));
    });
  };
  const service: SecretService = {
    env: { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: folder },
    async lock() {
      await end(daemon);
    },
    async stop() {
      for (const child of children.reverse()) await end(child);
    },
  };
  onEnd(() => service.stop());
  await start('dbus-daemon', ['--session', '--nofork', '--print-address=1', `--address=${address}`]);
  const daemon = await start(
    'gnome-keyring-daemon',
    [
      '--foreground',
      '--unlock',
      '--components=secrets',
      `--control-directory=${path.join(folder, 'control')}`,
    ],
    'a password',
  );
  return service;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
