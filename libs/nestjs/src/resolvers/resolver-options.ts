import { z } from 'zod';

/** A header name (RFC 9110, section 5.1: a token), lower-cased. */
export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'expected a header name such as X-Tenant-ID')
  .transform((name) => name.toLowerCase());
