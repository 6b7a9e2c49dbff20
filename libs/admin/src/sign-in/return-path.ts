import { z } from 'zod';

/** Printable ASCII without what browsers take for another way to write `/`. */
const PATH = /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/;

/** A path of this host: a URL that leads elsewhere would make a sign-in page into a trap. */
export const returnPath = z
  .string()
  .max(2_000)
  .regex(PATH, 'expected a path such as /tenants')
  .refine((path) => new URL(path, 'https://here.invalid').host === 'here.invalid', 'expected a path')
  .describe('A path of this host, where the browser goes afterwards. Default: the session.');
