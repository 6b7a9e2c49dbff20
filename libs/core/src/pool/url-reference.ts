import type { UrlReference } from '../pool-options.js';

/**
 * Looks up the URL that a placement refers to.
 *
 * @throws {Error} when the variable is not set, or the function answers no PostgreSQL URL. The message holds no URL.
 */
export async function readUrl(reference: UrlReference, placement: string): Promise<string> {
  const url = typeof reference === 'function' ? await reference() : process.env[reference.env];
  if (url && /^postgres(?:ql)?:\/\//.test(url)) return url;
  const source = typeof reference === 'function' ? 'its function' : `the variable ${reference.env}`;
  throw new Error(
    `The placement "${placement}" has no URL: ${source} should hold postgres://login:password@host/database.`,
  );
}
