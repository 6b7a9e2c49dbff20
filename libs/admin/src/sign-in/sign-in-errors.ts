import { RowhouseError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';

/** A sign-in did not come from this browser, or the provider did not confirm it. The answer does not say which. */
export class SignInFailedError extends RowhouseError {
  readonly code = 'SIGN_IN_FAILED';
  readonly status = 401;
  readonly detail = 'The sign-in failed. Begin it again.';
  constructor(cause?: unknown) {
    super(
      cause === undefined
        ? 'The browser has begun no sign-in, or more than ten minutes ago.'
        : `The sign-in is not confirmed: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** The provider knows the person, and none of their roles is one of an operator. */
export class SignInForbiddenError extends RowhouseError {
  readonly code = 'SIGN_IN_FORBIDDEN';
  readonly status = 403;
  readonly detail = 'This account has no role here.';
  constructor(subject: string) {
    super(
      `The ID token of ${JSON.stringify(subject)} has no role of an operator. Give the account one at the provider, or map its claim: oidc.roleClaim, oidc.roles.`,
    );
  }
}

/** The provider does not answer. */
export class SignInUnavailableError extends RowhouseError {
  readonly code = 'SIGN_IN_UNAVAILABLE';
  readonly status = 503;
  readonly detail = 'The sign-in is not available now. Try again later.';
  constructor(cause: unknown) {
    super(
      `The OpenID Connect provider does not answer, or not as one: ${messageOf(cause)}. Check oidc.issuer.`,
      {
        cause,
        retryAfterSeconds: 10,
      },
    );
  }
}

/** A request with a session came from another site, or a change without the token of the session. */
export class CrossSiteRequestError extends RowhouseError {
  readonly code = 'CROSS_SITE_REQUEST';
  readonly status = 403;
  readonly detail = 'This request did not come from the admin app.';
  constructor() {
    super(
      'The session is good for requests of its own origin only; a change needs the header X-Rowhouse-CSRF with the token of auth/session.',
    );
  }
}
