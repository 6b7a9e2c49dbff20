import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Catalog } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import type { WebhooksOptions } from './webhook-options.js';

/** Sends events to webhooks while the application runs. */
export class WebhookSending implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #dispatcher: WebhookDispatcher;

  /** @throws {OptionsInvalidError} */
  constructor(catalog: Catalog, options: WebhooksOptions) {
    const log = new Logger(WebhookSending.name);
    this.#dispatcher = new WebhookDispatcher(catalog, options, (error) => log.warn(messageOf(error)));
  }

  onApplicationBootstrap(): void {
    this.#dispatcher.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#dispatcher.close();
  }
}
