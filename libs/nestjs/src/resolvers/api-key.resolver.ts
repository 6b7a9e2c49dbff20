import { TenantIdInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { credentialsOf } from './request/credentials.js';
import type { TenantRequest } from './request/tenant-request.js';
import { headerName } from './resolver-options.js';
import { isApiKey, type TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface ApiKeyResolverOptions {
  /** Header that holds the bare key. Default `X-API-Key`. */
  readonly header?: string;
  /** Scheme of `Authorization: <scheme> <key>`, read when the header is absent; false turns it off. Default `ApiKey`. */
  readonly scheme?: string | false;
}

const SCHEME_EXPECTED = 'expected a scheme such as ApiKey, or false';

const optionsSchema = z.strictObject({
  header: headerName.prefault('X-API-Key'),
  scheme: z
    .union([z.string().regex(/^[A-Za-z0-9-]{1,32}$/, SCHEME_EXPECTED), z.literal(false)], SCHEME_EXPECTED)
    .default('ApiKey'),
});

/**
 * Takes an API key, for the store to say whose it is.
 *
 * A key is 8 to 256 of letters, digits and `-._~+/=`; anything else is refused before a look-up.
 * Two different keys in one request are refused.
 */
export class ApiKeyResolver implements TenantResolver {
  readonly name = 'api-key';
  readonly clientSupplied = false;
  readonly #options: Readonly<z.output<typeof optionsSchema>>;

  constructor(options: ApiKeyResolverOptions = {}) {
    this.#options = parseOptions('ApiKeyResolver', optionsSchema, options);
  }

  resolve(request: TenantRequest): TenantReference | undefined {
    const bare = request.header(this.#options.header);
    const authorized = this.#fromAuthorization(request);
    const key = bare ?? authorized;
    if (key === undefined) return undefined;
    if (typeof key !== 'string' || !isApiKey(key)) throw new TenantIdInvalidError('apiKey');
    if (authorized !== undefined && authorized !== key) throw new TenantIdInvalidError('apiKey');
    return { kind: 'apiKey', value: key };
  }

  #fromAuthorization(request: TenantRequest): string | undefined {
    const { scheme } = this.#options;
    const value = scheme === false ? undefined : request.header('authorization');
    if (value === undefined || scheme === false) return undefined;
    if (typeof value !== 'string') throw new TenantIdInvalidError('apiKey');
    return credentialsOf(value, scheme);
  }
}
