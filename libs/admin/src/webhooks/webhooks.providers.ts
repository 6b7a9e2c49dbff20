import type { Provider } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import type { DescribedController } from '../openapi/open-api-document.js';
import { WebhookDeliveriesController } from './webhook-deliveries.controller.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { parseSenderOptions, type WebhooksOptions } from './webhook-options.js';
import { WebhookSending } from './webhook-sending.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.js';

export const WEBHOOK_CONTROLLERS: readonly DescribedController[] = [
  { controller: WebhooksController, below: 'webhooks' },
  { controller: WebhookDeliveriesController, below: 'webhooks' },
];

export const WEBHOOK_SERVICES = [Webhooks, WebhookDeliveries];

/** @throws {OptionsInvalidError} */
export function webhookProviders(options: WebhooksOptions): readonly Provider[] {
  parseSenderOptions(options);
  return [
    {
      provide: Webhooks,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new Webhooks(catalog, options),
    },
    {
      provide: WebhookDeliveries,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new WebhookDeliveries(catalog),
    },
    {
      provide: WebhookSending,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new WebhookSending(catalog, options),
    },
  ];
}
