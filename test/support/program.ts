import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** Where a server's program is. @param missing - what to say, and how to get it, where it is not. */
export function programOf(name: string, missing: string): string {
  const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin'];
  for (const place of places) {
    const program = join(place, name);
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {}
  }
  throw new Error(missing);
}

export async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Ends a program. @returns when it has. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill(signal);
  await ended;
}
