import { z } from 'zod';
import { isPostgresUrl } from './postgres-address.js';

const EXPECTED = 'expected postgres://login:password@host:port/database';

/** An optional URL of a database. An empty one is unset, as an empty variable of the environment is. The message shows no URL. */
export const postgresUrlSchema = z
  .string(EXPECTED)
  .refine((text) => text === '' || isPostgresUrl(text), EXPECTED)
  .transform((text) => text || undefined)
  .optional();
