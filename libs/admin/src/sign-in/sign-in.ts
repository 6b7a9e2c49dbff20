import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { RowhouseError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { FailedSignIns, OperatorAuth, operatorRoleIn } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { BrowserSessions } from './browser-sessions.js';
import type { OidcOptions } from './oidc-options.js';
import { OidcProvider, signInChecks } from './oidc-provider.js';
import { type OidcSettings, oidcOptionsSchema } from './oidc-settings.js';
import { SealedCookie } from './sealed-cookie.js';
import { SignInFailedError, SignInForbiddenError } from './sign-in-errors.js';

/** How long a person may take at the provider. */
const SIGN_IN_SECONDS = 600;

const beganSchema = signInChecks.extend({ returnTo: z.string().nullable() });

/** The query of a page that a sign-in returns to when it has failed: the code of the error. */
const FAILURE = 'signInFailed';

/** Where a browser goes next, with these headers `Set-Cookie`. */
export interface NextPlace {
  readonly location: string;
  readonly cookies: string[];
}

/** What the callback was called with. */
export interface CallbackRequest {
  readonly address: string;
  /** Of the URL, without the question mark. */
  readonly query: string;
  readonly cookieHeader: string | undefined;
}

/** Sign-in of people with a browser, by an OpenID Connect provider. Nothing of it is kept here but keys. */
export class SignIn {
  readonly sessions: BrowserSessions;
  readonly #log = new Logger(SignIn.name);
  readonly #settings: OidcSettings;
  readonly #provider: OidcProvider;
  readonly #failures: FailedSignIns;
  readonly #began: SealedCookie<z.output<typeof beganSchema>>;

  /**
   * @param auth - the guard beside it: an address that fails at one is refused by both.
   * @throws {OptionsInvalidError}
   */
  constructor(options: OidcOptions, auth: unknown) {
    this.#settings = parseOptions('TenancyAdminModule.oidc', oidcOptionsSchema, options);
    const { url, issuer, clientId } = this.#settings;
    const secret = this.#settings.sessionKey ?? randomBytes(32).toString('base64url');
    if (!this.#settings.sessionKey)
      this.#log.warn(
        'There is no key for sessions of operators: they end with this process, and are known to it alone. Set ROWHOUSE_ADMIN_SESSION_KEY.',
      );
    this.#provider = new OidcProvider(this.#settings);
    this.sessions = new BrowserSessions(this.#settings, secret);
    this.#failures = auth instanceof OperatorAuth ? auth.failures : new FailedSignIns();
    this.#began = new SealedCookie({
      name: 'sign-in',
      content: beganSchema,
      maxAgeSeconds: SIGN_IN_SECONDS,
      isSecure: url.startsWith('https:'),
      secret,
      deployment: [url, issuer, clientId],
    });
  }

  /** As the provider names itself. */
  get issuer(): string {
    return this.#settings.issuer;
  }

  /** Where a browser begins. */
  get loginUrl(): string {
    return `${this.#settings.url}/auth/login`;
  }

  /**
   * @param returnTo - a path of this host. Default: the session.
   * @throws {TooManySignInsError}
   * @throws {SignInUnavailableError}
   */
  async begin(address: string, returnTo?: string): Promise<NextPlace> {
    this.#failures.requireFew(address);
    const { location, checks } = await this.#provider.begin();
    return { location, cookies: [await this.#began.seal({ ...checks, returnTo: returnTo ?? null })] };
  }

  /**
   * The end of a sign-in. Where it began on a page, a failure leads back there, with its code in the query.
   *
   * @throws {SignInFailedError}
   * @throws {SignInForbiddenError}
   * @throws {SignInUnavailableError}
   * @throws {TooManySignInsError}
   */
  async finish(request: CallbackRequest): Promise<NextPlace> {
    this.#failures.requireFew(request.address);
    const began = (await this.#began.open(request.cookieHeader))?.content;
    try {
      return await this.#finish(request.query, began);
    } catch (error) {
      if (error instanceof SignInFailedError || error instanceof SignInForbiddenError) {
        this.#failures.note(request.address);
        // The message alone: a cause may hold claims of the person.
        this.#log.warn(error.message);
      }
      if (!began?.returnTo || !(error instanceof RowhouseError)) throw error;
      const page = new URL(began.returnTo, this.#settings.url);
      page.searchParams.set(FAILURE, error.code);
      return { location: `${page.pathname}${page.search}`, cookies: [this.#began.removal()] };
    }
  }

  async #finish(query: string, began: z.output<typeof beganSchema> | undefined): Promise<NextPlace> {
    if (!began) throw new SignInFailedError();
    const { returnTo, ...checks } = began;
    const claims = await this.#provider.finish(query, checks);
    const role = this.#roleIn(claims);
    if (!role) throw new SignInForbiddenError(claims.sub);
    const name = typeof claims['name'] === 'string' ? claims['name'].slice(0, 200) : null;
    const session = await this.sessions.begin({ id: claims.sub, role }, name);
    const location = returnTo ?? `${new URL(this.#settings.url).pathname}/auth/session`;
    return { location, cookies: [session, this.#began.removal()] };
  }

  /** A claim of another shape gives no role. */
  #roleIn(claims: object) {
    try {
      return operatorRoleIn(claims, this.#settings.roleClaim, this.#settings.roles);
    } catch {
      return undefined;
    }
  }
}
