import { z } from 'zod';

/** Of the bodies of transfers: see docs/companions.md. */
export const contents = z
  .boolean()
  .optional()
  .describe('Whether contents that rows name go along, such as files. Default: true.');
