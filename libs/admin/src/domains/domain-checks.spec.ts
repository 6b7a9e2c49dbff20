import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DomainChecks } from './domain-checks.js';

describe('the timer of domain checks', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
  });
  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(['warn', 'error', 'fatal']);
  });

  it('checks every minute, one run at a time, goes on after a failure, and waits for the end at shutdown', async () => {
    const runs: { signal: AbortSignal; end: (error?: Error) => void }[] = [];
    const checks = new DomainChecks({
      checkDue: ({ signal } = {}) =>
        new Promise((resolve, reject) => {
          runs.push({ signal: signal as AbortSignal, end: (error) => (error ? reject(error) : resolve(0)) });
        }),
    });
    checks.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(180_000);
    expect(runs).toHaveLength(1);
    runs[0]?.end(new Error('The catalog cannot be reached.'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(runs).toHaveLength(2);

    let isOver = false;
    const over = checks.beforeApplicationShutdown().then(() => {
      isOver = true;
    });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(runs[1]?.signal.aborted).toBe(true);
    expect(isOver).toBe(false);
    runs[1]?.end();
    await over;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(runs).toHaveLength(2);
  });
});
