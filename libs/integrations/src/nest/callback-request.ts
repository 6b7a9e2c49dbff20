import { IntegrationInvalidError } from '../errors.js';

/** What requests of Express and of Fastify have in common. */
export interface CallbackRequest {
  readonly method: string;
  readonly url: string;
  readonly params: { readonly provider: string };
  readonly body?: unknown;
}

/**
 * What a provider has answered, as it is: parts that are there twice have to be seen. A page of the app posts what it was called with.
 *
 * @throws {IntegrationInvalidError}
 */
export function callbackQueryOf({ method, url, body }: CallbackRequest): string {
  if (method !== 'POST') return url.slice(url.indexOf('?') + 1 || url.length);
  const { query } = Object(body) as { query?: unknown };
  if (typeof query === 'string') return query.replace(/^\?/, '');
  throw new IntegrationInvalidError([
    { field: 'query', expected: 'expected the query that the provider has sent the browser back with' },
  ]);
}
