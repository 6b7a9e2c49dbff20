import { z } from 'zod';

/** A boolean in a query, which is text: `true` or `false`. */
export const queryBoolean = z.stringbool().meta({ type: 'boolean' });
