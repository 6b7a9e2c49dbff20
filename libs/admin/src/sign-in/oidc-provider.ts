import { Lazy } from '@rowhouse/core/internal';
import * as oidc from 'openid-client';
import { z } from 'zod';
import type { OidcSettings } from './oidc-settings.js';
import { SignInFailedError, SignInUnavailableError } from './sign-in-errors.js';

const TIMEOUT_SECONDS = 10;
/** How long the provider's metadata are good for. */
const DISCOVERED_FOR_MS = 600_000;

/** What a sign-in is recognised by when the browser comes back; only the browser keeps it. */
export const signInChecks = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });
export type SignInChecks = z.output<typeof signInChecks>;

/** The OpenID Connect provider: authorization code flow with PKCE (RFC 7636), state and nonce. */
export class OidcProvider {
  readonly #settings: OidcSettings;
  readonly #callback: string;
  #discovery = new Lazy(() => this.#discover());
  #discoveredAt = 0;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
    this.#callback = `${settings.url}/auth/callback`;
  }

  /** Where the browser goes to sign in. @throws {SignInUnavailableError} */
  async begin(): Promise<{ readonly location: string; readonly checks: SignInChecks }> {
    const configuration = await this.#configuration();
    const checks = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const { href } = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#callback,
      scope: this.#settings.scope,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
    });
    return { location: href, checks };
  }

  /**
   * The claims of the verified ID token.
   *
   * @param query - that of the request to the callback.
   * @throws {SignInFailedError}
   * @throws {SignInUnavailableError}
   */
  async finish(query: string, { state, nonce, verifier }: SignInChecks): Promise<oidc.IDToken> {
    const configuration = await this.#configuration();
    try {
      const answer = await oidc.authorizationCodeGrant(configuration, new URL(`${this.#callback}?${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      return answer.claims() as oidc.IDToken;
    } catch (error) {
      throw isUnreachable(error) ? new SignInUnavailableError(error) : new SignInFailedError(error);
    }
  }

  /** A new one for each sign-in: it holds the provider's keys, which may have been changed. */
  async #configuration(): Promise<oidc.Configuration> {
    if (Date.now() - this.#discoveredAt > DISCOVERED_FOR_MS) {
      this.#discoveredAt = Date.now();
      this.#discovery = new Lazy(() => this.#discover());
    }
    try {
      return this.#configurationOf(await this.#discovery.get());
    } catch (error) {
      throw new SignInUnavailableError(error);
    }
  }

  async #discover(): Promise<oidc.ServerMetadata> {
    const { issuer, clientId } = this.#settings;
    const url = new URL(issuer);
    const configuration = await oidc.discovery(url, clientId, undefined, undefined, {
      timeout: TIMEOUT_SECONDS,
      execute: url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
    });
    return configuration.serverMetadata();
  }

  #configurationOf(server: oidc.ServerMetadata): oidc.Configuration {
    const { issuer, clientId, clientSecret } = this.#settings;
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const secretAuth = methods.includes('client_secret_post')
      ? oidc.ClientSecretPost
      : oidc.ClientSecretBasic;
    const auth = clientSecret === undefined ? oidc.None() : secretAuth(clientSecret);
    const configuration = new oidc.Configuration(server, clientId, undefined, auth);
    configuration.timeout = TIMEOUT_SECONDS;
    if (issuer.startsWith('http:')) oidc.allowInsecureRequests(configuration);
    // The signature of the ID token is verified too, not only where it came from.
    oidc.enableNonRepudiationChecks(configuration);
    return configuration;
  }
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof oidc.ClientError)
    return error.code === 'OAUTH_TIMEOUT' || (error.cause instanceof Response && error.cause.status >= 500);
  return error instanceof TypeError;
}
