import { z } from 'zod';

/** `enforce` refuses and reports, `warn` reports, `off` reads no statement. */
export const GUARD_MODES = ['enforce', 'warn', 'off'] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

const NAME = /^[^.\s"]+$/;
const QUALIFIED = /^[^.\s"()]+(?:\.[^.\s"()]+)?$/;

/**
 * Accepts its own output, so that options may be parsed twice. Names are written as PostgreSQL stores them: lower case
 * unless they were quoted when made, and without quotes.
 */
export const guardOptionsSchema = z
  .strictObject({
    mode: z.enum(GUARD_MODES).default('enforce'),
    exemptTables: z.array(z.string().regex(QUALIFIED, 'expected "table" or "schema.table"')).default([]),
    exemptSchemas: z.array(z.string().regex(NAME, 'expected a schema name')).default([]),
    exemptFunctions: z
      .array(z.string().regex(QUALIFIED, 'expected "function" or "schema.function", without parentheses'))
      .default([]),
    exemptExtensions: z.array(z.string().regex(NAME, 'expected the name of an extension')).default([]),
    allowAdvisoryLocks: z.boolean().default(false),
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
   * `function` or `schema.function` (`pg_catalog.setseed`). Tenants may call them although they were refused, or not
   * reviewed; what they do is not looked into, and text that they run is not read. Settings of the pin and Rowhouse's
   * channels stay refused. Default none.
   */
  readonly exemptFunctions?: readonly string[];
  /** Extensions of which tenants may call every function. Default none. */
  readonly exemptExtensions?: readonly string[];
  /**
   * Lets tenants send `tenantLock(key)` and `tryTenantLock(key)`: advisory locks of a transaction, whose keys are the
   * tenant's own. The lock table stays one for all tenants: a transaction that takes thousands of keys can fill it, so
   * do not let users choose how many. Default `false`.
   */
  readonly allowAdvisoryLocks?: boolean;
  /**
   * Lets tenants' statements define, alter, grant and maintain what their role may. The bodies of functions that they
   * define are not read. Default `false`.
   */
  readonly allowDdl?: boolean;
}

/** Options with every default filled in, and checked. */
export type ParsedGuardOptions = z.output<typeof guardOptionsSchema>;
