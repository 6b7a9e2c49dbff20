import { hostname } from 'node:os';
import { z } from 'zod';

/** The process that answers: caches and pools are its own, and another instance has others. */
export const THIS_PROCESS = Object.freeze({
  host: hostname(),
  pid: process.pid,
  startedAt: new Date(performance.timeOrigin),
});

export const processAnswer = z
  .object({
    host: z.string().describe('The name of its machine or container.'),
    pid: z.int(),
    startedAt: z.date(),
  })
  .meta({ id: 'Process' });
