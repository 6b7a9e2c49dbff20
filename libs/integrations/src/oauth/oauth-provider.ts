import { Lazy, outgoingFetch, outgoingSchema, parseOutgoingUrl } from '@rowhouse/core/internal';
import * as oauth from 'openid-client';
import { IntegrationProviderError, IntegrationReconnectError } from '../errors.js';
import type { FoundProvider } from './found-provider.js';
import type { OAuthProviderSettings } from './provider-options.js';

const TIMEOUT_SECONDS = 10;
/** How long the provider's metadata are good for. */
const DISCOVERED_FOR_MS = 600_000;

/** What the end of an authorization is recognised by. */
export interface AuthorizationChecks {
  readonly verifier: string;
  readonly nonce: string;
  /** Who is asked, if it is none of the options. */
  readonly found?: FoundProvider | undefined;
}

/** What a provider has given. */
export interface Grant {
  readonly tokens: Tokens;
  readonly expiresAt: Date | null;
  /** Separated by spaces; `null` where it is what was asked for, or has been so far. */
  readonly scope: string | null;
  /** Whose it is, where the provider has sent an ID token. */
  readonly account: string | null;
}

/** What is encrypted of a connection. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Who has given them, if it is none of the options. */
  readonly found?: FoundProvider | undefined;
}

/** What is more to a provider that was found. */
export interface OfFoundProvider extends Pick<FoundProvider, 'resource' | 'namesItself'> {
  readonly send: Send;
}

type Send = (url: string, init: RequestInit) => Promise<Response>;

const PUBLIC = outgoingSchema.parse({});
const MAX_BYTES = 2 ** 20;
const sendToPublic = outgoingFetch(PUBLIC, { maxBytes: MAX_BYTES });

/** A provider has refused, with an error code of OAuth 2. */
export class RefusedByProvider extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** Speaks OAuth 2 with one provider: authorization code with PKCE (RFC 7636), refresh, revocation (RFC 7009). */
export class OAuthProvider {
  readonly #callback: string;
  #discovery = new Lazy(() => this.#discover());
  #discoveredAt = Date.now();

  /** @param url - where the module's routes are reached. */
  constructor(
    readonly name: string,
    readonly settings: OAuthProviderSettings,
    url: string,
    private readonly found?: OfFoundProvider,
  ) {
    this.#callback = `${url}/callback/${name}`;
  }

  newChecks(): AuthorizationChecks {
    return { verifier: oauth.randomPKCECodeVerifier(), nonce: oauth.randomNonce() };
  }

  /** Where the browser goes. @throws {IntegrationProviderError} */
  async authorizationUrl(state: string, { verifier, nonce }: AuthorizationChecks): Promise<string> {
    const { scopes, parameters } = this.settings;
    const challenge = await oauth.calculatePKCECodeChallenge(verifier);
    const url = oauth.buildAuthorizationUrl(await this.#configuration(), {
      ...parameters,
      ...this.#resource,
      redirect_uri: this.#callback,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(this.#isOpenId && { nonce }),
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /**
   * @param query - that of the request to the callback.
   * @throws {RefusedByProvider} @throws {IntegrationProviderError}
   */
  async exchange(query: string, state: string, { verifier, nonce }: AuthorizationChecks): Promise<Grant> {
    const configuration = await this.#configuration();
    return this.#asking(async () =>
      this.#grantOf(
        await oauth.authorizationCodeGrant(
          configuration,
          new URL(`${this.#callback}?${query}`),
          {
            expectedState: state,
            pkceCodeVerifier: verifier,
            ...(this.#isOpenId && { expectedNonce: nonce, idTokenExpected: true }),
          },
          this.#resource,
        ),
      ),
    );
  }

  /**
   * @throws {IntegrationReconnectError} when the refresh token is not taken any more.
   * @throws {IntegrationProviderError}
   */
  async refresh(refreshToken: string): Promise<Grant> {
    const configuration = await this.#configuration();
    try {
      return await this.#asking(async () => {
        const grant = this.#grantOf(
          await oauth.refreshTokenGrant(configuration, refreshToken, this.#resource),
        );
        // A provider that does not rotate sends none: the present one stays (RFC 6749, section 6).
        return {
          ...grant,
          tokens: { ...grant.tokens, refreshToken: grant.tokens.refreshToken ?? refreshToken },
        };
      });
    } catch (error) {
      if (!(error instanceof RefusedByProvider)) throw error;
      if (error.reason === 'invalid_grant') throw new IntegrationReconnectError();
      throw new IntegrationProviderError(this.name, error.reason);
    }
  }

  /** Ends tokens, where the provider can. @throws {IntegrationProviderError} */
  async revoke({ accessToken, refreshToken }: Tokens): Promise<void> {
    const configuration = await this.#configuration();
    if (!configuration.serverMetadata().revocation_endpoint) return;
    try {
      await this.#asking(async () => {
        if (refreshToken !== null)
          await oauth.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' });
        await oauth.tokenRevocation(configuration, accessToken, { token_type_hint: 'access_token' });
      });
    } catch (error) {
      throw error instanceof RefusedByProvider
        ? new IntegrationProviderError(this.name, error.reason)
        : error;
    }
  }

  get #resource(): Record<string, string> {
    return this.found ? { resource: this.found.resource } : {};
  }

  get #isOpenId(): boolean {
    return this.settings.scopes.includes('openid');
  }

  #grantOf(answer: oauth.TokenEndpointResponse & oauth.TokenEndpointResponseHelpers): Grant {
    if (answer.token_type !== 'bearer') throw new IntegrationProviderError(this.name, 'token_type');
    const seconds = answer.expiresIn();
    const claims = answer.claims();
    return {
      tokens: { accessToken: answer.access_token, refreshToken: answer.refresh_token ?? null },
      expiresAt: seconds === undefined ? null : new Date(Date.now() + seconds * 1_000),
      scope: answer.scope ?? null,
      account: typeof claims?.['email'] === 'string' ? claims['email'] : (claims?.sub ?? null),
    };
  }

  /** Errors of the library hold what the provider has answered: nothing of them goes on but codes. */
  async #asking<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof IntegrationProviderError) throw error;
      if (error instanceof oauth.AuthorizationResponseError) throw new RefusedByProvider(codeIn(error.error));
      if (error instanceof oauth.ResponseBodyError && error.status < 500)
        throw new RefusedByProvider(codeIn(error.error));
      const { code } = Object(error) as { code?: unknown };
      if (code === 'OAUTH_INVALID_RESPONSE' || String(code).startsWith('OAUTH_JWT_'))
        throw new RefusedByProvider('invalid_response');
      throw new IntegrationProviderError(
        this.name,
        error instanceof TypeError ? 'unreachable' : codeIn(code),
      );
    }
  }

  /** A new one each time: it holds the provider's keys, which may have been changed. */
  async #configuration(): Promise<oauth.Configuration> {
    if (Date.now() - this.#discoveredAt > DISCOVERED_FOR_MS) {
      this.#discoveredAt = Date.now();
      this.#discovery = new Lazy(() => this.#discover());
    }
    const server = await this.#asking(() => this.#discovery.get()).catch((error: unknown) => {
      throw error instanceof RefusedByProvider ? new IntegrationProviderError(this.name, 'discovery') : error;
    });
    const { clientId, clientSecret } = this.settings;
    const auth = clientSecret === undefined ? oauth.None() : this.#secretAuth(server)(clientSecret);
    const configuration = new oauth.Configuration(server, clientId, undefined, auth);
    configuration.timeout = TIMEOUT_SECONDS;
    configuration[oauth.customFetch] = this.#send;
    // The options have allowed it to this host alone, and `#send` elsewhere.
    oauth.allowInsecureRequests(configuration);
    return configuration;
  }

  /** URLs of the options are the app's own words. What discovery or users have named leads to public addresses. */
  readonly #send = ((url: string, init: RequestInit) => {
    if (this.found) return this.found.send(url, init);
    return this.#isOwn(url) ? fetch(url, init) : sendToPublic(url, init);
  }) as oauth.CustomFetch;

  #isOwn(url: string): boolean {
    const { issuer, endpoints } = this.settings;
    return endpoints !== undefined || new URL(url).origin === new URL(issuer as string).origin;
  }

  #secretAuth({ token_endpoint_auth_methods_supported: methods }: oauth.ServerMetadata) {
    const preferred = methods && !methods.includes('client_secret_post') ? 'basic' : 'post';
    return (this.settings.clientAuth ?? preferred) === 'basic'
      ? oauth.ClientSecretBasic
      : oauth.ClientSecretPost;
  }

  async #discover(): Promise<oauth.ServerMetadata> {
    const { issuer, endpoints, clientId } = this.settings;
    if (endpoints)
      return {
        issuer: issuer ?? new URL(endpoints.authorization).origin,
        authorization_endpoint: endpoints.authorization,
        token_endpoint: endpoints.token,
        ...(endpoints.revocation && { revocation_endpoint: endpoints.revocation }),
        ...(this.found?.namesItself && { authorization_response_iss_parameter_supported: true }),
      };
    const url = new URL(issuer as string);
    const found = await oauth.discovery(url, clientId, undefined, undefined, {
      timeout: TIMEOUT_SECONDS,
      execute: url.protocol === 'http:' ? [oauth.allowInsecureRequests] : [],
    });
    const metadata = found.serverMetadata();
    this.#requirePage(metadata.authorization_endpoint);
    return metadata;
  }

  /** Browsers are sent there: nothing checks where that leads but this. @throws {IntegrationProviderError} */
  #requirePage(url: string | undefined): void {
    try {
      if (url !== undefined && this.#isOwn(url)) return;
      parseOutgoingUrl(url ?? '', PUBLIC);
    } catch {
      throw new IntegrationProviderError(this.name, 'discovery');
    }
  }
}

/** Of RFC 6749, sections 4.1.2.1 and 5.2, RFC 8707 and OpenID Connect. What else a provider says may hold anything. */
const CODES: ReadonlySet<unknown> = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
]);

function codeIn(code: unknown): string {
  return CODES.has(code) ? String(code) : 'unknown';
}
