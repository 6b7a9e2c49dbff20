import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Catalog } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import type { HookStats } from '../events/event-outbox.js';
import { type DeliveryProblem, HookDispatcher } from '../events/hook-dispatcher.js';
import { declaredHooks } from './declared-hooks.js';
import { MIGRATION_OPTIONS, type MigrationOptions } from './tenancy-migration-options.js';

/** Delivers the events of tenants to the app's hooks, for as long as the app runs. */
@Injectable()
export class HookDelivery implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(HookDelivery.name);
  #dispatcher: HookDispatcher | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly catalog: Catalog,
    @Inject(MIGRATION_OPTIONS) private readonly options: MigrationOptions,
  ) {}

  /** What waits for each hook that the catalog knows. */
  async stats(): Promise<readonly HookStats[]> {
    if (!this.#dispatcher) throw new Error('HookDelivery was asked before the application was started.');
    return this.#dispatcher.stats();
  }

  onModuleInit(): void {
    this.#dispatcher = new HookDispatcher({
      catalog: this.catalog,
      hooks: declaredHooks(this.discovery),
      delivery: this.options.hooks,
      onProblem: (problem) => this.#log(problem),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.#dispatcher?.start();
    } catch (error) {
      // Nest closes nothing of an application that fails to start.
      await this.#dispatcher?.close();
      throw error;
    }
  }

  /** Before everything else is closed: hooks use it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#dispatcher?.close();
  }

  #log({ error, hook, eventId }: DeliveryProblem): void {
    const reason = messageOf(error);
    if (hook === undefined)
      this.#logger.warn(`The catalog could not be asked for events, and is asked again: ${reason}`);
    else
      this.#logger.error(
        `Hook ${hook} failed for event ${eventId}, and is called again: ${reason}`,
        error instanceof Error ? error.stack : undefined,
      );
  }
}
