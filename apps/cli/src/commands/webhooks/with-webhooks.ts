import { WebhookDeliveries, Webhooks, type WebhooksOptions } from '@rowhouse/admin/services';
import type { Io } from '../../shell/io.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';

export interface WebhookCommandOptions extends TargetOptions {
  readonly json?: boolean;
}

interface OpenWebhooks {
  readonly webhooks: Webhooks;
  readonly deliveries: WebhookDeliveries;
}

/** Opens the webhooks of a deployment, by the options in the config where there is one, and runs `work`. */
export function withWebhooks<T>(
  options: WebhookCommandOptions,
  io: Io,
  work: (open: OpenWebhooks) => Promise<T>,
): Promise<T> {
  return withCatalog(options, io, (catalog, { config }) => {
    const given: WebhooksOptions | undefined = config?.config.webhooks;
    return work({ webhooks: new Webhooks(catalog, given), deliveries: new WebhookDeliveries(catalog) });
  });
}
