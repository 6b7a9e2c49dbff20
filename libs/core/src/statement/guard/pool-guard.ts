import { CARRIES_TENANT_ID, IS_BEHIND_POLICIES } from '../../homes/row-policies.js';
import type { TenancyPoolSettings } from '../../pool-options.js';
import { type GuardedTenant, StatementGuard } from './statement-guard.js';

type Query = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;

/** How old the list of unprotected tables may be. */
const REFRESH_MS = 60_000;

/** Tables that carry `tenant_id` and have no forced policy. */
const UNPROTECTED_TABLES = `
  select n.nspname as schema, c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = any($1) and c.relkind in ('r', 'p', 'f', 'm')
     and ${CARRIES_TENANT_ID} and not ${IS_BEHIND_POLICIES}`;

/** The statement guard of one pool, with the facts that it needs of the pool's database. */
export class PoolGuard {
  readonly #schemas: readonly string[];
  /** `undefined` in mode `off`. */
  readonly #loading: Promise<StatementGuard> | undefined;
  #guard: StatementGuard | undefined;
  #unprotected: ReadonlySet<string> = new Set();
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor({ guard, sharedSchemas, homeSchema }: TenancyPoolSettings) {
    this.#schemas = [...new Set([homeSchema, ...sharedSchemas])];
    if (guard.mode === 'off') return;
    this.#loading = StatementGuard.load(guard);
    // Each `refresh` reports a failure to the request that opens a connection. Without this handler Node would report the
    // rejection as unhandled before.
    this.#loading.catch(() => {});
  }

  /**
   * @param texts - as they are sent: where the pool splits a text, the server reads each part by itself.
   * @throws {StatementRefusedError} for a statement that the tenant may not send.
   */
  check(texts: readonly string[], { id, isolation, schemas }: GuardedTenant): void {
    if (!this.#loading) return;
    if (!this.#guard) throw new Error('A connection was used before its guard was ready.');
    const scope = { isolation, schemas, isUnprotected: this.#isUnprotected };
    for (const text of texts) this.#guard.check(text, scope, id);
  }

  /**
   * Must be called for each new connection. Waits for the parser, and reads the list of unprotected tables when it is
   * old.
   */
  async refresh(query: Query): Promise<void> {
    if (!this.#loading) return;
    this.#guard = await this.#loading;
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
