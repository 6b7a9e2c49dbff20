import { InternalError, type InvalidField, type Problem, RowhouseError } from '@rowhouse/core';

/** The tenant has no such connection, or it is being removed. */
export class IntegrationNotFoundError extends RowhouseError {
  readonly code = 'INTEGRATION_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such connection.';
  constructor() {
    super('The tenant in force has no connection with this id.');
  }
}

/** The app knows no provider of this name. */
export class IntegrationProviderUnknownError extends RowhouseError {
  readonly code = 'INTEGRATION_PROVIDER_UNKNOWN';
  readonly status = 404;
  readonly detail = 'There is no such provider.';
  constructor() {
    super('The option `providers` of TenantIntegrationsModule has none of this name.');
  }
}

/** What was asked for is not what it must be. Nothing was done. */
export class IntegrationInvalidError extends RowhouseError {
  readonly code = 'INTEGRATION_INVALID';
  readonly status = 400;
  readonly detail: string;
  constructor(readonly fields: readonly InvalidField[]) {
    const detail = fields.map(({ field, expected }) => `${field}: ${expected}`).join('; ');
    super(detail);
    this.detail = detail;
  }

  override toProblem(): Problem & { readonly errors: readonly InvalidField[] } {
    return { ...super.toProblem(), errors: this.fields };
  }
}

/** Nobody is known to ask, so that a connection could be bound to nobody. */
export class IntegrationUserMissingError extends RowhouseError {
  readonly code = 'INTEGRATION_USER_MISSING';
  readonly status = 401;
  readonly detail = 'Sign in first.';
  constructor() {
    super(
      'The context has no actor. A connection is made by somebody: have the guard set `request.user`, or give `TenancyModule` the option `actorOf`.',
    );
  }
}

/** The state of a callback was altered, used before, has expired, or was begun by somebody else, elsewhere. */
export class IntegrationStateInvalidError extends RowhouseError {
  readonly code = 'INTEGRATION_STATE_INVALID';
  readonly status = 403;
  readonly detail = 'This sign-in is not valid any more. Begin again.';
  constructor() {
    super(
      'The state of the callback was altered, was used before, has expired, or belongs to another tenant, user or provider.',
    );
  }
}

/** The provider, or its user, has refused the connection. */
export class IntegrationRefusedError extends RowhouseError {
  readonly code = 'INTEGRATION_REFUSED';
  readonly status = 400;
  readonly detail = 'The provider has refused the connection.';
  /** @param reason - the error code of OAuth 2. @param returnTo - where the user wanted to go. */
  constructor(
    readonly reason: string,
    readonly returnTo: string,
  ) {
    super(`The provider has refused the connection: ${reason}.`);
  }
}

/** The provider takes the tokens of the connection no more: a user has to connect again. */
export class IntegrationReconnectError extends RowhouseError {
  readonly code = 'INTEGRATION_RECONNECT';
  readonly status = 409;
  readonly detail = 'The connection has ended. Connect again.';
  constructor() {
    super('The tokens of the connection are not taken any more, or cannot be read here. Connect it again.');
  }
}

/** The account that was connected is another than the connection's. */
export class IntegrationAccountError extends RowhouseError {
  readonly code = 'INTEGRATION_ACCOUNT_DIFFERS';
  readonly status = 409;
  readonly detail = 'This is another account than the one of the connection.';
  constructor() {
    super(
      'A connection is connected again with the account that it has. Make another one for another account.',
    );
  }
}

/** The provider does not answer, or with what is no answer. */
export class IntegrationProviderError extends RowhouseError {
  readonly code = 'INTEGRATION_PROVIDER_FAILED';
  readonly status = 503;
  readonly detail = 'The provider does not answer as it should. Try again later.';
  /** @param reason - a code; what a provider answers may hold tokens, and is not kept. */
  constructor(provider: string, reason: string) {
    super(`The provider ${provider} does not answer as it should: ${reason}.`, { retryAfterSeconds: 5 });
  }
}

/** The keys of the option `keys` could not encrypt or decrypt. */
export class IntegrationKeysError extends InternalError {
  readonly code = 'INTEGRATION_KEYS_FAILED';
}
