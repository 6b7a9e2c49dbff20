import { z } from 'zod';

/** What is counted of every tenant, and in what. */
export const BUILT_IN_METERS = {
  requests: 'requests',
  statements: 'statements',
  databaseMs: 'milliseconds',
  rows: 'rows',
  completedJobs: 'jobs',
  storageByteHours: 'byte-hours',
} as const;

/** Meters of the app's own, by name, each with its unit: `{ emails: 'emails' }`. */
export type OwnMeters = Readonly<Record<string, string>>;

const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,39}$/;

export const ownMetersSchema = z
  .record(
    z
      .string()
      .regex(NAME, 'expected up to 40 letters, digits and _, with a letter first')
      .refine(
        (name) => !Object.hasOwn(BUILT_IN_METERS, name),
        'expected no name of a meter that is built in',
      ),
    z.string().min(1).max(40),
  )
  .default({});

/** The name of a meter, built in or the app's own. */
export const meterSchema = z.string().regex(NAME, 'expected the name of a meter');
