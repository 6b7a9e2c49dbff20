import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { messageOf } from '@rowhouse/core/internal';
import type { Domains } from './domains.js';

const CHECK_EVERY_MS = 60_000;

/** Checks domains when their time has come, while the application runs. */
export class DomainChecks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger(DomainChecks.name);
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly domains: Pick<Domains, 'checkDue'>) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  #check(): void {
    this.#running ??= this.domains
      .checkDue({ signal: this.#stop.signal })
      .then(
        () => {},
        (error: unknown) => this.#log.warn(messageOf(error)),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }
}
