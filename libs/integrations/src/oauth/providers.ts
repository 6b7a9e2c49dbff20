import { type OutgoingPolicy, outgoingFetch, outgoingSchema } from '@rowhouse/core/internal';
import { IntegrationProviderUnknownError } from '../errors.js';
import type { IntegrationsOptions } from '../integrations-options.js';
import type { FoundProvider } from './found-provider.js';
import { OAuthProvider } from './oauth-provider.js';

const MAX_BYTES = 2 ** 20;

/** The providers of the options, and those that were found elsewhere. */
export class Providers {
  readonly #named: ReadonlyMap<string, OAuthProvider>;
  readonly #url: string;
  #send = outgoingFetch(outgoingSchema.parse({}), { maxBytes: MAX_BYTES });

  constructor({ providers, url }: Pick<IntegrationsOptions, 'providers' | 'url'>) {
    this.#url = url;
    this.#named = new Map(
      Object.entries(providers).map(([name, settings]) => [name, new OAuthProvider(name, settings, url)]),
    );
  }

  /** Where requests to providers may lead that were found. Default: to public addresses. */
  allow(policy: OutgoingPolicy): void {
    this.#send = outgoingFetch(policy, { maxBytes: MAX_BYTES });
  }

  /** @throws {IntegrationProviderUnknownError} */
  get(name: string): OAuthProvider {
    const provider = this.#named.get(name);
    if (!provider) throw new IntegrationProviderUnknownError();
    return provider;
  }

  /** The one that a row is of. @throws {IntegrationProviderUnknownError} */
  of(name: string, found: FoundProvider | undefined): OAuthProvider {
    if (!found) return this.get(name);
    return new OAuthProvider(name, { ...found, parameters: {}, mcpOrigins: [] }, this.#url, {
      ...found,
      send: this.#send,
    });
  }

  has(name: string): boolean {
    return this.#named.has(name);
  }

  /** Where a provider sends browsers to. */
  callbackOf(name: string): string {
    return `${this.#url}/callback/${name}`;
  }
}
