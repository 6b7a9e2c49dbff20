import { z } from 'zod';
import { runOptionsSchema } from './run-types.js';

export const runDirection = z.enum(['up', 'down']).optional();

/** What a request for a run says. */
export const runRequestSchema = runOptionsSchema
  .extend({
    direction: runDirection,
    /** How many migrations are taken back; for direction `down` only. */
    steps: z.int().min(1).optional(),
  })
  .refine(({ direction, steps }) => direction === 'down' || steps === undefined, {
    path: ['steps'],
    message: 'expected with direction "down" only',
  })
  .prefault({});
