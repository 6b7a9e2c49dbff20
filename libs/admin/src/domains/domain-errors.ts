import { RowhouseError } from '@rowhouse/core';

/** What somebody gave is no domain that a tenant can have. */
export class DomainInvalidError extends RowhouseError {
  readonly code = 'DOMAIN_INVALID';
  readonly status = 400;
  readonly detail: string;
  constructor(reason: string) {
    const detail = `A tenant cannot have this domain: ${reason}.`;
    super(detail);
    this.detail = detail;
  }
}

export class DomainNotFoundError extends RowhouseError {
  readonly code = 'DOMAIN_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such domain.';
  constructor() {
    super('The tenant has no such domain.');
  }
}

/** Another tenant has proven the domain. */
export class DomainTakenError extends RowhouseError {
  readonly code = 'DOMAIN_TAKEN';
  readonly status = 409;
  readonly detail = 'The domain belongs to another tenant.';
  constructor() {
    super('Another tenant has the domain, until it is removed there or its proof lapses.');
  }
}

/** The tenant claims as many domains as it may without having proven them. */
export class DomainLimitError extends RowhouseError {
  readonly code = 'DOMAIN_LIMIT_REACHED';
  readonly status = 409;
  readonly detail: string;
  constructor(limit: number) {
    const detail = `The tenant has ${limit} domains that are not verified. Prove or remove one of them.`;
    super(detail);
    this.detail = detail;
  }
}

/** The domain is not served yet, or no longer. */
export class DomainNotVerifiedError extends RowhouseError {
  readonly code = 'DOMAIN_NOT_VERIFIED';
  readonly status = 409;
  readonly detail = 'The domain is not verified.';
  constructor() {
    super('Only a verified domain can be the primary one.');
  }
}
