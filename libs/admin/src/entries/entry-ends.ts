import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { messageOf } from '@rowhouse/core/internal';
import type { OperatorEntries } from './operator-entries.js';

const RECORD_EVERY_MS = 30_000;

/** Records the ends of entries whose time is over, while the application runs. */
export class EntryEnds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger(EntryEnds.name);
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly entries: Pick<OperatorEntries, 'recordEnds'>) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#record(), RECORD_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #record(): void {
    this.#running ??= this.entries
      .recordEnds()
      .then(
        () => {},
        (error: unknown) => this.#log.warn(`Ends of entries were not recorded: ${messageOf(error)}`),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }
}
