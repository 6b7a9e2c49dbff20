import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { messageOf } from '@rowhouse/core/internal';
import type { Uploads } from '../uploads/uploads.js';
import type { Exports } from './exports.js';

const EVERY_MS = 600_000;

/** Removes archives and uploads that have expired, from the start of the application to its end. */
export class ExportsCleaning implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger(ExportsCleaning.name);
  #timer: NodeJS.Timeout | undefined;
  #cleaning: Promise<void> = Promise.resolve();

  constructor(
    private readonly exports: Exports,
    private readonly uploads: Uploads,
  ) {}

  onApplicationBootstrap(): void {
    this.#clean();
    this.#timer = setInterval(() => this.#clean(), EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#cleaning;
  }

  #clean(): void {
    this.#cleaning = this.#cleaning
      .then(() => this.uploads.clean())
      .then(() => this.exports.clean())
      .catch((error: unknown) => this.#log.warn(`Archives were not cleaned up: ${messageOf(error)}`));
  }
}
