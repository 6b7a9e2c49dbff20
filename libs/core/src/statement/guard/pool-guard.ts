import { CARRIES_TENANT_ID, IS_BEHIND_POLICIES } from '../../homes/row-policies.js';
import type { TenancyPoolSettings } from '../../pool-options.js';
import type { StatementFacts, TextFacts } from '../statement-facts.js';
import { FunctionCatalog } from './functions/function-catalog.js';
import { type GuardedTenant, StatementGuard } from './statement-guard.js';

type Query = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;

/** How old the list of unprotected tables may be. */
const REFRESH_MS = 60_000;

/**
 * Tables that carry `tenant_id` and have no forced policy. They are found by what depends on their schema: pg_class has no index
 * on that, and holds the tables of all tenants.
 */
const UNPROTECTED_TABLES = `
  select n.nspname as schema, c.relname as name
    from pg_catalog.pg_namespace n
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.refobjid = n.oid
                               and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    join pg_catalog.pg_class c on c.oid = d.objid and c.relnamespace = n.oid
   where n.nspname = any($1) and c.relkind in ('r', 'p', 'f', 'm')
     and ${CARRIES_TENANT_ID} and not ${IS_BEHIND_POLICIES}`;

/** The statement guard of one pool, with the facts that it needs of the pool's database. */
export class PoolGuard {
  readonly #schemas: readonly string[];
  /** `undefined` in mode `off`. */
  readonly #guard: StatementGuard | undefined;
  readonly #functions: FunctionCatalog;
  #unprotected: ReadonlySet<string> = new Set();
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor({ guard, sharedSchemas, homeSchema }: TenancyPoolSettings) {
    this.#schemas = [...new Set([homeSchema, ...sharedSchemas])];
    this.#functions = new FunctionCatalog(guard);
    this.#guard = guard.mode === 'off' ? undefined : new StatementGuard(guard);
  }

  /** Asks the database what the functions belong to that texts call, where that is not known; else `undefined`. */
  learn(facts: readonly TextFacts[], { schemas }: GuardedTenant, query: Query): Promise<void> | undefined {
    if (!this.#guard) return undefined;
    const isKnown = facts.every(
      ({ isHarmless, statements }) =>
        isHarmless || statements.every(({ calls }) => this.#functions.findings(calls, schemas) !== undefined),
    );
    return isKnown ? undefined : this.#functions.learn(query);
  }

  /** @throws {StatementRefusedError} for a text that the tenant may not send. */
  check(text: string, { statements, isHarmless }: TextFacts, tenant: GuardedTenant): void {
    const { id, isolation, schemas, readOnly } = tenant;
    if (isHarmless && isolation !== 'row') return;
    const findingsOfCalls = (calls: StatementFacts['calls']) => this.#functions.findings(calls, schemas);
    const scope = { isolation, schemas, readOnly, isUnprotected: this.#isUnprotected, findingsOfCalls };
    this.#guard?.check(text, statements, scope, id);
  }

  /** Must be called for each new connection. Reads what the guard has to know of the database when that is old. */
  async refresh(query: Query): Promise<void> {
    if (!this.#guard) return;
    await this.#functions.learn(query);
    if (performance.now() - this.#refreshedAt < REFRESH_MS) return;
    this.#refreshedAt = performance.now();
    const { rows } = await query(UNPROTECTED_TABLES, [this.#schemas]);
    this.#unprotected = new Set(
      (rows as { schema: string; name: string }[]).map(({ schema, name }) => `${schema}.${name}`),
    );
  }

  readonly #isUnprotected = (schema: string | undefined, table: string): boolean =>
    (schema ? [schema] : this.#schemas).some((one) => this.#unprotected.has(`${one}.${table}`));
}
