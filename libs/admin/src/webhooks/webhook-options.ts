import { OptionsInvalidError } from '@rowhouse/core';
import { isNetwork, Networks, parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { type SettingsKeys, settingsKeysSchema } from '../settings/settings-keys.js';
import { type ResolveAddresses, resolveAddresses } from './resolve-addresses.js';

export interface WebhooksOptions {
  /** Encrypt the secrets of webhooks: {@link localKeys}, or a key management service; those of settings will do. Needed to make, rotate and deliver. */
  readonly keys?: SettingsKeys | undefined;
  /** Allows `http:` too, for development. Default false. */
  readonly allowHttp?: boolean | undefined;
  /** Networks, as CIDR, that webhooks may lead to although they are not of the public internet. Default: none. */
  readonly allowedNetworks?: readonly string[] | undefined;
  /** Default: the DNS servers of the system. */
  readonly resolveAddresses?: ResolveAddresses | undefined;
}

const optionsSchema = z.strictObject({
  keys: settingsKeysSchema.optional(),
  allowHttp: z.boolean().default(false),
  allowedNetworks: z
    .array(z.string().refine(isNetwork, 'expected a network such as 10.1.0.0/16'))
    .default([])
    .transform((networks) => new Networks(networks)),
  resolveAddresses: z
    .custom<ResolveAddresses>((value) => typeof value === 'function', 'expected a function')
    .default(() => resolveAddresses),
});

type WebhookSettings = z.output<typeof optionsSchema>;

/** Where webhooks may lead. */
export type WebhookPolicy = Omit<WebhookSettings, 'keys'>;

/** @throws {OptionsInvalidError} */
export function parseWebhooksOptions(options: WebhooksOptions): WebhookSettings {
  return parseOptions('webhooks', optionsSchema, options);
}

/** Options of who sends. @throws {OptionsInvalidError} also without keys: nothing is sent without a signature. */
export function parseSenderOptions(
  options: WebhooksOptions,
): WebhookPolicy & { readonly keys: SettingsKeys } {
  const { keys, ...policy } = parseWebhooksOptions(options);
  if (!keys)
    throw new OptionsInvalidError('webhooks', [
      { field: 'keys', expected: 'expected localKeys(…), because secrets are encrypted' },
    ]);
  return { keys, ...policy };
}
