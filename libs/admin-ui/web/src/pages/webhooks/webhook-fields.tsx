import { Checkbox, SimpleGrid, Stack, TextInput } from '@mantine/core';
import type { AdminPaths, AdminSchemas } from '@rowhouse/client';
import { useTexts } from '../../texts/texts.js';

export type Webhook = AdminSchemas['schemas']['Webhook'];
type NewWebhook = AdminPaths['/webhooks']['post']['requestBody']['content']['application/json'];
type WebhookEvent = NonNullable<NewWebhook['events']>[number];

/** What may be typed of a webhook. */
export type WebhookInput = Pick<NewWebhook, 'url' | 'description'> & { readonly events: WebhookEvent[] };

export const WEBHOOKS_CHANGED = [['webhooks']];

const EVENTS = Object.keys({
  'tenant.created': true,
  'tenant.updated': true,
  'tenant.suspended': true,
  'tenant.activated': true,
  'tenant.archived': true,
  'tenant.maintenance': true,
  'tenant.deleted': true,
  'tenant.restored': true,
  'tenant.purged': true,
  'tenant.failed': true,
  'tenant.invited': true,
  'tenant.quotaNear': true,
  'tenant.quotaReached': true,
  'tenant.noisy': true,
  'tenant.quiet': true,
  'tenant.fileQuarantined': true,
  // So that the compiler finds what is missing.
} satisfies Record<WebhookEvent, true>) as WebhookEvent[];

/** What of a webhook can be typed, as it is. */
export function inputOf({ url, description, events }: Webhook): WebhookInput {
  return { url, description, events: EVENTS.filter((event) => events.includes(event)) };
}

interface WebhookFieldsProps {
  readonly value: WebhookInput;
  readonly onChange: (value: WebhookInput) => void;
}

export function WebhookFields({ value, onChange }: WebhookFieldsProps) {
  const { webhooks: texts } = useTexts();
  return (
    <Stack>
      <TextInput
        label={texts.description}
        value={value.description}
        onChange={({ currentTarget }) => onChange({ ...value, description: currentTarget.value })}
        required
        data-autofocus
      />
      <TextInput
        type="url"
        label={texts.url}
        description={texts.urlHint}
        placeholder="https://example.com/hooks"
        value={value.url}
        onChange={({ currentTarget }) => onChange({ ...value, url: currentTarget.value })}
        required
      />
      <Checkbox.Group
        label={texts.events}
        description={texts.eventsHint}
        value={value.events}
        onChange={(events) =>
          onChange({ ...value, events: EVENTS.filter((event) => events.includes(event)) })
        }
      >
        <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing="xs" mt="xs">
          {EVENTS.map((event) => (
            <Checkbox key={event} value={event} label={event} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
    </Stack>
  );
}
