import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './admin-api.js';

export interface AdminClientOptions {
  /** Where the admin API is, with its path: `http://127.0.0.1:3001/admin`. */
  readonly baseUrl: string;
  /** The operator's token. A function is called for each request, for tokens that are short-lived. */
  readonly token: string | (() => string | Promise<string>);
}

/** A method for each HTTP method, typed by the path: see [openapi-fetch](https://openapi-ts.dev/openapi-fetch/). */
export type AdminClient = Client<paths>;

/**
 * A client of the admin API:
 *
 *     const admin = createAdminClient({ baseUrl: 'http://127.0.0.1:3001/admin', token });
 *     const { data, error } = await admin.GET('/tenants', { params: { query: { search: 'acme' } } });
 *
 * Each call answers `data`, or in `error` the problem document (RFC 9457) of what was refused.
 */
export function createAdminClient({ baseUrl, token }: AdminClientOptions): AdminClient {
  const client = createClient<paths>({ baseUrl });
  client.use({
    async onRequest({ request }) {
      request.headers.set('authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
      return request;
    },
  });
  return client;
}
