import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { UsageDelivery } from '../usage/delivery/usage-delivery.js';
import { UsageRecorder } from '../usage/usage-recorder.js';
import { METRICS_OPTIONS, type MetricsOptions } from './tenancy-metrics-options.js';

/** Records what tenants use and sends it, while the app runs; nothing without `usage` in the options. */
@Injectable()
export class UsageCollection implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(UsageCollection.name);
  readonly #recorder: UsageRecorder | undefined;
  readonly #delivery: UsageDelivery | undefined;

  constructor(
    @Inject(METRICS_OPTIONS) { usage }: MetricsOptions,
    @Inject(Catalog) private readonly catalog: Catalog,
  ) {
    if (!usage) return;
    const { meters, sinks } = usage;
    this.#recorder = new UsageRecorder({
      catalog,
      meters,
      onProblem: (error) =>
        this.#logger.warn(`Usage could not be recorded, which is tried again: ${messageOf(error)}`),
    });
    this.#delivery = new UsageDelivery(catalog, sinks, (error) =>
      this.#logger.warn(`Usage could not be sent, which is tried again: ${messageOf(error)}`),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.#recorder) return;
    await this.catalog.migrate();
    await this.#recorder.begin();
    this.#recorder.start();
    this.#delivery?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#recorder?.close(), this.#delivery?.close()]);
  }

  /** Records the hours that are due now, unless another instance is at it. */
  async record(): Promise<void> {
    await this.#recorder?.run();
  }
}
