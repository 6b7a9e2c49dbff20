import type { InjectionToken, Provider } from '@nestjs/common';
import { Catalog, OptionsInvalidError } from '@rowhouse/core';
import type { DescribedController } from '../openapi/open-api-document.js';
import { WebhookDeliveriesController } from './webhook-deliveries.controller.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import type { WebhooksOptions } from './webhook-options.js';
import { WebhookSending } from './webhook-sending.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.js';

export const WEBHOOK_CONTROLLERS: readonly DescribedController[] = [
  { controller: WebhooksController, below: 'webhooks' },
  { controller: WebhookDeliveriesController, below: 'webhooks' },
];

export const WEBHOOK_SERVICES = [Webhooks, WebhookDeliveries];

/** @param token - of the options of the module. */
export function webhookProviders(token: InjectionToken): readonly Provider[] {
  return [
    {
      provide: Webhooks,
      inject: [Catalog, token],
      useFactory: (catalog: Catalog, options: Options) => new Webhooks(catalog, sendingOf(options)),
    },
    {
      provide: WebhookDeliveries,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new WebhookDeliveries(catalog),
    },
    {
      provide: WebhookSending,
      inject: [Catalog, token],
      useFactory: (catalog: Catalog, options: Options) => new WebhookSending(catalog, sendingOf(options)),
    },
  ];
}

interface Options {
  readonly webhooks?: WebhooksOptions;
}

/** @throws {OptionsInvalidError} */
function sendingOf({ webhooks }: Options): WebhooksOptions {
  if (webhooks) return webhooks;
  throw new OptionsInvalidError('TenancyAdminModule', [
    { field: 'webhooks', expected: 'expected the keys of webhooks, since there are routes for them' },
  ]);
}
