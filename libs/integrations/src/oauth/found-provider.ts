import type { OAuthProviderSettings } from './provider-options.js';

type Known = 'clientId' | 'clientSecret' | 'clientAuth' | 'scopes';

/**
 * A provider that was found at a place that a user has named, with the client that is known there. It is kept, encrypted, with what
 * was begun and granted there; requests to it go to public addresses alone.
 */
export interface FoundProvider extends Pick<OAuthProviderSettings, Known> {
  readonly issuer: string;
  readonly endpoints: NonNullable<OAuthProviderSettings['endpoints']>;
  /** Whether its answers name it (RFC 9207): then each has to. */
  readonly namesItself: boolean;
  /** What its tokens are for (RFC 8707). */
  readonly resource: string;
}
