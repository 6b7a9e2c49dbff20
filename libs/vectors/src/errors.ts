import { InternalError, type InvalidField, RowhouseError } from '@rowhouse/core';

const describe = (fields: readonly InvalidField[]) =>
  fields.map(({ field, expected }) => `${field}: ${expected}`).join('; ');

/** Records, a filter, a cursor or the name of a collection are not what they must be. Nothing was read or written. */
export class VectorsInvalidError extends RowhouseError {
  readonly code = 'VECTORS_INVALID';
  readonly status = 400;
  readonly detail: string;
  readonly fields: readonly InvalidField[];

  constructor(fields: readonly InvalidField[]) {
    const text = describe(fields);
    super(`This cannot be asked of a collection: ${text}`);
    this.detail = text;
    this.fields = fields;
  }
}

/** A collection is there already, and is another than the code expects: other dimensions, or another metric. */
export class CollectionConflictError extends RowhouseError {
  readonly code = 'COLLECTION_CONFLICT';
  readonly status = 409;
  readonly detail: string;

  /** @param detail - names nothing but the tenant's own collection. */
  constructor(detail: string) {
    super(`${detail} Drop it and fill it anew, or use another name.`);
    this.detail = detail;
  }
}

/** The store of vectors does not answer. */
export class VectorStoreUnavailableError extends RowhouseError {
  readonly code = 'VECTOR_STORE_UNAVAILABLE';
  readonly status = 503;
  readonly detail = 'Collections cannot be reached at the moment.';

  constructor(store: string, cause: unknown) {
    super(`${store} does not answer. See the cause, and its health check.`, { cause, retryAfterSeconds: 5 });
  }
}

/** The home of the tenant has no tables for collections, or its database no extension `vector`. */
export class VectorsNotPreparedError extends InternalError {
  readonly code = 'VECTORS_NOT_PREPARED';

  constructor(cause: unknown) {
    super(
      'The home of this tenant has no collections: add the class of vectorTablesMigration() to the migrations of the app, and run them. ' +
        'For the store pgvector, make the extension before (create extension vector schema public).',
      { cause },
    );
  }
}
