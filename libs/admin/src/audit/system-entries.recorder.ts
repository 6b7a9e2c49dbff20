import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { SystemEntries } from './system-entries.js';

/** Records entries into the system context from the start of the application to its end. */
@Injectable()
export class SystemEntriesRecorder implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger(SystemEntriesRecorder.name);
  readonly #entries: SystemEntries;

  constructor(@Inject(Catalog) catalog: Catalog) {
    this.#entries = new SystemEntries(catalog);
  }

  onApplicationBootstrap(): void {
    this.#entries.start((error) => this.#warn(error));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#entries.stop().catch((error: unknown) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#log.warn(`Entries into the system context were not recorded: ${messageOf(error)}`);
  }
}
