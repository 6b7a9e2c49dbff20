import { type Actor, TENANT_EVENTS } from '@rowhouse/core';
import { z } from 'zod';
import { shownText } from '../text.js';

/** The types of messages. */
export const WEBHOOK_EVENTS = TENANT_EVENTS.map((event) => `tenant.${event}` as const);

/** `operator`: somebody did; `gone`: the receiver answered 410. */
export const DISABLED_BECAUSE = ['operator', 'gone'] as const;

/** Where events are sent to. */
export interface Webhook {
  readonly id: string;
  /** The tenant whose events it hears of; `null` for all tenants. */
  readonly tenantId: string | null;
  readonly url: string;
  readonly description: string;
  /** The types that it hears of; empty: all of them. */
  readonly events: readonly string[];
  /** While it is disabled it hears of nothing, and what is pending waits. */
  readonly disabledAt: Date | null;
  readonly disabledBecause: (typeof DISABLED_BECAUSE)[number] | null;
  /** Until when messages are signed by the secret of before the last rotation as well. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly createdBy: Actor | null;
  readonly updatedAt: Date;
}

/** A webhook with its new secret, and the only time that it is shown. */
export interface WebhookWithSecret extends Webhook {
  readonly secret: string;
}

const MAX_URL = 2_000;

const fields = {
  description: shownText(200).describe('What it is for.'),
  url: shownText(MAX_URL).describe('An https: URL of the public internet.'),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .max(WEBHOOK_EVENTS.length)
    .describe('The types of events that it hears of. Empty: all of them.'),
};

export const newWebhookSchema = z.strictObject({
  ...fields,
  events: fields.events.default([]),
  tenant: z
    .string()
    .max(100)
    .optional()
    .describe('A slug or an id: it hears of this tenant only. Left out: of all tenants.'),
});

export const webhookChangeSchema = z
  .strictObject({ ...fields, enabled: z.boolean() })
  .partial()
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    'expected one of description, url, events, enabled',
  )
  .meta({ minProperties: 1 });

const MAX_OVERLAP_HOURS = 30 * 24;

export const webhookRotationSchema = z.strictObject({
  overlapHours: z
    .int()
    .min(0)
    .max(MAX_OVERLAP_HOURS)
    .default(24)
    .describe('How long messages are signed by the old secret as well.'),
});

export type NewWebhook = z.input<typeof newWebhookSchema>;
export type WebhookChange = z.input<typeof webhookChangeSchema>;
export type WebhookRotation = z.input<typeof webhookRotationSchema>;
