import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** A real Redis that keeps nothing on disk. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Ends it; {@link RedisServer.start} begins again, empty, on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

const MISSING =
  'Redis is not installed, and this suite needs the real one. Get it with: apt-get install redis-server (Debian), brew install redis (macOS).';

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rowhouse-redis-'));
  const [host, port] = ['127.0.0.1', await freePort()];
  let running: ChildProcess | undefined;

  const start = async () => {
    const args = ['--port', `${port}`, '--bind', host, '--save', '', '--appendonly', 'no', '--dir', folder];
    const server = spawn('redis-server', args, { stdio: 'ignore' });
    running = server;
    const failed = new Promise<never>((_, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ENOENT' ? new Error(MISSING) : error),
      );
      server.once('exit', (code) => reject(new Error(`Redis has ended with ${code}.`)));
    });
    failed.catch(() => {});
    await Promise.race([untilOpen(port), failed]);
  };
  const stop = async () => {
    const server = running;
    running = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    host,
    port,
    url: `redis://${host}:${port}`,
    start,
    stop,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilOpen(port: number): Promise<void> {
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await delay(20);
  }
}
