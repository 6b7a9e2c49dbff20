import { InternalError, RowhouseError } from '@rowhouse/core';
import { InvalidFieldsError } from '../invalid-fields.js';

export class WebhookNotFoundError extends RowhouseError {
  readonly code = 'WEBHOOK_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such webhook.';
  constructor() {
    super('The catalog has no webhook with this id.');
  }
}

export class WebhookDeliveryNotFoundError extends RowhouseError {
  readonly code = 'WEBHOOK_DELIVERY_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'The webhook has no such delivery.';
  constructor() {
    super('The webhook has no delivery with this id; 30 days after their end they are removed.');
  }
}

/** What a webhook is to be made of, or changed to, is not what a webhook has. */
export class WebhookInvalidError extends InvalidFieldsError {
  readonly code = 'WEBHOOK_INVALID';
}

/** The state of a webhook or of a delivery does not allow what was asked for. */
export class WebhookConflictError extends RowhouseError {
  readonly code = 'WEBHOOK_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** Without keys no secret can be stored, and none be read. */
export class WebhookKeysMissingError extends InternalError {
  readonly code = 'WEBHOOK_KEYS_MISSING';
  constructor() {
    super('Secrets of webhooks are encrypted. Give `webhooks: { keys: localKeys(…) }`.');
  }
}

/** A secret was encrypted by a key that is not there, or belongs to another webhook. */
export class WebhookSecretUnreadableError extends InternalError {
  readonly code = 'WEBHOOK_SECRET_UNREADABLE';
  constructor(webhookId: string, keyId: string, cause?: unknown) {
    super(
      `A secret of the webhook ${webhookId} cannot be decrypted by the key "${keyId}". Add the key to \`webhooks.keys\`, or rotate the secret.`,
      { cause },
    );
  }
}
