import { z } from 'zod';

/** `enforce` refuses and reports, `warn` reports, `off` reads no statement. */
export const GUARD_MODES = ['enforce', 'warn', 'off'] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

const NAME = /^[^.\s"]+$/;
const TABLE = /^[^.\s"]+(?:\.[^.\s"]+)?$/;

/**
 * Accepts its own output, so that options may be parsed twice. Names are written as PostgreSQL stores them: lower case
 * unless they were quoted when made, and without quotes.
 */
export const guardOptionsSchema = z
  .strictObject({
    mode: z.enum(GUARD_MODES).default('enforce'),
    exemptTables: z.array(z.string().regex(TABLE, 'expected "table" or "schema.table"')).default([]),
    exemptSchemas: z.array(z.string().regex(NAME, 'expected a schema name')).default([]),
    allowDdl: z.boolean().default(false),
  })
  .readonly();

export interface GuardOptions {
  /** Default `enforce`. */
  readonly mode?: GuardMode;
  /**
   * `table` or `schema.table`. Row tenants may use them without a policy; one with a schema may be named with it.
   * Default none.
   */
  readonly exemptTables?: readonly string[];
  /** Schemas every tenant may name, beside its own and the shared ones. Default none. */
  readonly exemptSchemas?: readonly string[];
  /**
   * Lets tenants' statements define, alter, grant and maintain what their role may. The bodies of functions that they
   * define are not read. Default `false`.
   */
  readonly allowDdl?: boolean;
}

/** Options with every default filled in, and checked. */
export type ParsedGuardOptions = z.output<typeof guardOptionsSchema>;
