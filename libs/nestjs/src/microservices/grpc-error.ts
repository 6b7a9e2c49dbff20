import { RowhouseError } from '@rowhouse/core';

/** Status codes of gRPC, by those of HTTP. */
const CODES: Readonly<Record<number, number>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  402: 9, // FAILED_PRECONDITION
  403: 7, // PERMISSION_DENIED
  404: 5, // NOT_FOUND
  409: 10, // ABORTED
  429: 8, // RESOURCE_EXHAUSTED
  503: 14, // UNAVAILABLE
};
const INTERNAL = 13;

/** What a client of gRPC is told: the code of the error and its detail, and nothing of its message. */
export function grpcErrorOf(error: unknown): unknown {
  if (!(error instanceof RowhouseError)) return error;
  return { code: CODES[error.status] ?? INTERNAL, message: `${error.code}: ${error.detail}` };
}
