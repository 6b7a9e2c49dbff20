import { RowhouseError } from '@rowhouse/core';
import { VectorStoreUnavailableError } from '../errors.js';

/** The names of errors of `chromadb`, whose classes are not loaded here. */
export const NOT_FOUND = 'ChromaNotFoundError';
export const NOT_UNIQUE = 'ChromaUniqueError';

/** What went on at the server or on the way to it, as opposed to what was wrong with the request. */
const UNAVAILABLE = new Set([
  'ChromaConnectionError',
  'ChromaServerError',
  'ChromaRateLimitError',
  'ChromaAuthError',
  'ChromaForbiddenError',
]);

export const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);

/** Does what asks Chroma. @throws {VectorStoreUnavailableError} when it does not answer. */
export async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RowhouseError) && UNAVAILABLE.has(nameOf(error) ?? ''))
      throw new VectorStoreUnavailableError('Chroma', error);
    throw error;
  }
}
