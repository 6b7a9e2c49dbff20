import type { Tenant } from '@rowhouse/core';
import { type EncryptionKeys, encryptionKeysSchema, parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { type OAuthProviderOptions, providerSchema, safeUrl } from './oauth/provider-options.js';
import type { TenantIntegration } from './tenant-integration.entity.js';

/** What {@link TenantIntegrationsModule} is given. */
export interface TenantIntegrationsModuleOptions {
  /** By the names that routes and rows have for them. */
  readonly providers: Readonly<Record<string, OAuthProviderOptions>>;
  /** Where browsers reach the module's routes: `https://api.example.com/integrations`. Providers send them to `callback/<provider>` below it, which is to be registered there. */
  readonly url: string;
  /** At least 32 characters, the same on all instances: signs the state of authorizations. */
  readonly secret: string;
  /** Encrypt tokens: {@link localKeys}, or a key management service. Those of settings will do. */
  readonly keys: EncryptionKeys;
  /** Where paths lead that users return to, as an origin: `https://app.example.com`. Default: that of `url`. */
  readonly appUrl?: string | ((tenant: Tenant) => string) | undefined;
  /** How long a user has to come back from a provider, in milliseconds. Default 600,000. */
  readonly authorizationMs?: number | undefined;
  /** Called in the tenant's context when a provider takes the tokens of a connection no more. */
  readonly onReconnectNeeded?: ((integration: TenantIntegration, tenant: Tenant) => unknown) | undefined;
}

export const PROVIDER_NAME = /^[a-z][a-z0-9-]{0,39}$/;

const aFunction = <T>() => z.custom<T>((value) => typeof value === 'function', 'expected a function');

const optionsSchema = z.strictObject({
  providers: z.record(z.string().regex(PROVIDER_NAME, 'expected a name such as google'), providerSchema),
  url: safeUrl
    .refine((url) => !/[?#]/.test(url), 'expected a URL without a query')
    .transform((url) => url.replace(/\/+$/, '')),
  secret: z.string().min(32, 'expected at least 32 characters'),
  keys: encryptionKeysSchema,
  appUrl: z.union([safeUrl, aFunction<(tenant: Tenant) => string>()]).optional(),
  authorizationMs: z.int().min(10_000).max(86_400_000).default(600_000),
  onReconnectNeeded:
    aFunction<NonNullable<TenantIntegrationsModuleOptions['onReconnectNeeded']>>().optional(),
});

/** The options, checked, with every default filled in. */
export type IntegrationsOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseIntegrationsOptions(options: unknown): IntegrationsOptions {
  return parseOptions('TenantIntegrationsModule', optionsSchema, options);
}
