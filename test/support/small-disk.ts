import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, that can be full. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all room but so many bytes. */
  fill(leaveBytes: number): Promise<void>;
  /** Gives the room back. */
  clear(): Promise<void>;
  unmount(): void;
}

/**
 * Mounts a file system in memory. It takes as much of it as is written.
 *
 * @param uid - whose it is. Default: this process's.
 * @returns `undefined` where this process may not: that takes Linux, and root.
 */
export function mountSmallDisk(sizeBytes: number, uid = process.getuid?.()): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'rowhouse-disk-'));
  try {
    const options = `size=${sizeBytes},mode=0700,uid=${uid}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    async fill(leaveBytes) {
      const { bavail, bsize } = await statfs(path);
      try {
        await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
      } catch (error) {
        // Others have written meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    clear: () => rm(ballast, { force: true }),
    unmount() {
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    },
  };
}
