/** A real redis-server of the test's own, which can be stopped, frozen and started again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { type OnEnd, temporaryFolder } from './folder.ts';

/** Tests with Redis are skipped, by name, where there is none: `apt-get install redis-server`. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export interface RedisServer {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it with all that it holds in memory. */
  stop(): Promise<void>;
  /** It stays connected, and answers nothing. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** @param args for redis-server; without any it keeps nothing on disk */
export async function startRedis(
  args: readonly string[] = [],
  onEnd: OnEnd = onTestFinished,
): Promise<RedisServer> {
  const port = await freePort();
  const folder = temporaryFolder(onEnd);
  let child: ChildProcess | undefined;
  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const started = spawn(
        'redis-server',
        ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...args],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.once('error', reject).once('exit', () => reject(new Error('redis-server ended')));
        started.stdout.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes('Ready to accept connections')) resolve();
        });
      });
    },
    async stop() {
      const running = child;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await ended;
    },
    signal(name) {
      child?.kill(name);
    },
  };
  onEnd(() => server.stop());
  await server.start();
  return server;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
      });
  });
}
