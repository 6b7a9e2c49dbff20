import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown, OnModuleDestroy } from '@nestjs/common';

/** Whether the instance is on its way out: then it says so before it stops to serve. */
export class Readiness implements OnModuleDestroy, BeforeApplicationShutdown {
  isShuttingDown = false;

  /** @param delayMs - how long it goes on to serve, so that whoever sends requests learns of it. */
  constructor(private readonly delayMs: number) {}

  onModuleDestroy(): void {
    this.isShuttingDown = true;
  }

  /** The server is closed after this. */
  async beforeApplicationShutdown(): Promise<void> {
    await sleep(this.delayMs);
  }
}
