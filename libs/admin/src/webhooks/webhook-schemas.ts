import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { DISABLED_BECAUSE, webhookRotationSchema } from './webhook.js';
import { DELIVERY_STATUSES } from './webhook-delivery.js';

const MAX_PAGE = 200;

const webhookFields = z.object({
  id: z.guid(),
  tenantId: z.guid().nullable().describe('The tenant that it hears of; null for all tenants.'),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()).describe('The types that it hears of. Empty: all of them.'),
  disabledAt: z
    .date()
    .nullable()
    .describe('While it is disabled it hears of nothing, and what is pending waits.'),
  disabledBecause: z.enum(DISABLED_BECAUSE).nullable().describe('gone: the receiver answered 410.'),
  previousSecretUntil: z.date().nullable().describe('Until then messages have two signatures.'),
  createdAt: z.date(),
  createdBy: z.object({ type: z.string(), id: z.string() }).nullable(),
  updatedAt: z.date(),
});

export const webhookAnswer = webhookFields.meta({ id: 'Webhook' });

export const webhookWithSecretAnswer = webhookFields
  .extend({ secret: z.string().describe('whsec_…, which verifies messages. It is shown this once.') })
  .meta({ id: 'WebhookWithSecret' });

export const deliveryAnswer = z
  .object({
    id: z.guid().describe('The `webhook-id` of the message, in every attempt.'),
    webhookId: z.guid(),
    type: z.string(),
    tenantId: z.guid().nullable().describe('null for a test.'),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    nextAttemptAt: z.date().nullable(),
    attemptedAt: z.date().nullable(),
    responseStatus: z.int().nullable().describe('What the receiver answered last.'),
    failure: z.string().nullable().describe('Why the last attempt failed.'),
    createdAt: z.date(),
    endedAt: z.date().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export const resentAnswer = z.object({ resent: z.int().describe('How many messages are sent again.') });

const page = pageQuery({ defaultLimit: 50, maxLimit: MAX_PAGE, key: z.tuple([z.iso.datetime(), z.guid()]) });

export const webhooksQuery = page.extend({
  tenant: z.string().max(100).optional().describe('Only those of this tenant: a slug or an id.'),
});

export const deliveriesQuery = page.extend({ status: z.enum(DELIVERY_STATUSES).optional() });

/** A rotation may come without a body. */
export const rotationRequest = webhookRotationSchema.prefault({});
