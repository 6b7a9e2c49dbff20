import type { Webhook, WebhookDelivery, WebhookWithSecret } from '@rowhouse/admin/services';
import { onOneLine } from '../../shell/print.js';
import { table } from '../../shell/report.js';

export function webhooksText(webhooks: readonly Webhook[]): string {
  if (webhooks.length === 0) return 'No webhooks.';
  const rows = webhooks.map(({ id, description, url, tenantId, events, disabledBecause }) => [
    id,
    description,
    url,
    tenantId ?? 'all',
    events.join(' ') || 'all',
    disabledBecause === null ? 'enabled' : `disabled (${disabledBecause})`,
  ]);
  return table(['ID', 'DESCRIPTION', 'URL', 'TENANT', 'EVENTS', 'STATE'], rows);
}

export function secretText({ id, secret }: WebhookWithSecret): string {
  return `${secret}\n\nThis is the only time that the secret is shown. The webhook's id is ${id}.`;
}

export function webhookText({ id, description, disabledAt }: Webhook): string {
  return `The webhook ${id} (${onOneLine(description)}) is ${disabledAt ? 'disabled' : 'enabled'}.`;
}

export function deliveriesText(deliveries: readonly WebhookDelivery[]): string {
  if (deliveries.length === 0) return 'No deliveries.';
  const rows = deliveries.map((one) => [
    one.id,
    one.type,
    one.status,
    String(one.attempts),
    one.responseStatus === null ? (one.failure ?? '-') : String(one.responseStatus),
    one.nextAttemptAt?.toISOString() ?? '-',
    one.createdAt.toISOString(),
  ]);
  return table(['ID', 'TYPE', 'STATUS', 'ATTEMPTS', 'ANSWER', 'NEXT ATTEMPT', 'CREATED'], rows);
}
