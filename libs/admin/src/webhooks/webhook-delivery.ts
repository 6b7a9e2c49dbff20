import type { PostFailure } from './post-webhook.js';

/** `dead`: every attempt failed, or the receiver answered 410; it can be sent again. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why an attempt failed: there was no answer, or one that is no 2xx; the secret cannot be read; the message is too large. */
export type DeliveryFailure = PostFailure | 'status' | 'secret' | 'size';

/** One message for one webhook. */
export interface WebhookDelivery {
  /** The `webhook-id` of the message, in every attempt. */
  readonly id: string;
  readonly webhookId: string;
  readonly type: string;
  /** `null` for a test. */
  readonly tenantId: string | null;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly attemptedAt: Date | null;
  /** What the receiver answered last. */
  readonly responseStatus: number | null;
  /** Why the last attempt failed. */
  readonly failure: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}
