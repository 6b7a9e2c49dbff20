import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Actor } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { TenantLifecycle } from '../tenants/tenant-lifecycle.js';

const EVERY_MS = 60_000;
const BY: Actor = { type: 'service', id: 'expired-clones' };

/** Removes clones whose time is over, for as long as the app runs: in one of its instances at a time. */
@Injectable()
export class ExpiredClones implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(ExpiredClones.name);
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly tenants: TenantLifecycle) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.#remove().finally(() => {
        this.#running = undefined;
      });
    }, EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  async #remove(): Promise<void> {
    try {
      const { failed } = await this.tenants.removeExpired({ by: BY, signal: this.#stop.signal });
      for (const { slug, error } of failed)
        this.#logger.warn(`The clone ${slug} has expired and could not be removed: ${error}`);
    } catch (error) {
      this.#logger.warn(`Expired clones could not be looked for: ${messageOf(error)}`);
    }
  }
}
