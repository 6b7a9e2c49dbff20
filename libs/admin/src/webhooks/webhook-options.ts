import { OptionsInvalidError } from '@rowhouse/core';
import {
  type EncryptionKeys,
  encryptionKeysSchema,
  type OutgoingOptions,
  type OutgoingPolicy,
  outgoingSchema,
  parseOptions,
} from '@rowhouse/core/internal';
import type { z } from 'zod';

/** Where webhooks may lead, and how they sign. */
export interface WebhooksOptions extends OutgoingOptions {
  /** Encrypt the secrets of webhooks: {@link localKeys}, or a key management service; those of settings will do. Needed to make, rotate and deliver. */
  readonly keys?: EncryptionKeys | undefined;
}

const optionsSchema = outgoingSchema.extend({ keys: encryptionKeysSchema.optional() });

type WebhookSettings = z.output<typeof optionsSchema>;

/** @throws {OptionsInvalidError} */
export function parseWebhooksOptions(options: WebhooksOptions): WebhookSettings {
  return parseOptions('webhooks', optionsSchema, options);
}

/** Options of who sends. @throws {OptionsInvalidError} also without keys: nothing is sent without a signature. */
export function parseSenderOptions(
  options: WebhooksOptions,
): OutgoingPolicy & { readonly keys: EncryptionKeys } {
  const { keys, ...policy } = parseWebhooksOptions(options);
  if (!keys)
    throw new OptionsInvalidError('webhooks', [
      { field: 'keys', expected: 'expected localKeys(…), because secrets are encrypted' },
    ]);
  return { keys, ...policy };
}
