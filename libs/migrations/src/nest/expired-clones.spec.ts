import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { TenantLifecycle } from '../tenants/tenant-lifecycle.js';
import { ExpiredClones } from './expired-clones.js';

describe('the timer that removes expired clones', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
  });
  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(['warn', 'error', 'fatal']);
  });

  it('looks every minute, once at a time, goes on after a failure, and waits for the end at shutdown', async () => {
    const runs: { signal: AbortSignal; end: (error?: Error) => void }[] = [];
    const clones = new ExpiredClones({
      removeExpired: ({ signal }: { signal: AbortSignal }) =>
        new Promise((resolve, reject) => {
          runs.push({
            signal,
            end: (error) => (error ? reject(error) : resolve({ purged: [], failed: [] })),
          });
        }),
    } as unknown as TenantLifecycle);
    clones.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(180_000);
    expect(runs).toHaveLength(1);
    runs[0]?.end(new Error('The catalog cannot be reached.'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(runs).toHaveLength(2);
    const over = clones.beforeApplicationShutdown();
    expect(runs[1]?.signal.aborted).toBe(true);
    runs[1]?.end();
    await over;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(runs).toHaveLength(2);
  });
});
