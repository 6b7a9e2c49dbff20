import type { Catalog, Tenant } from '@rowhouse/core';
import { auditStatement, messageOf, runEach, StatementReader } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/nestjs';
import { SlowStatementNotFoundError, StatementNotExplainableError } from '../errors.js';
import { ExplainQuery } from './explain-query.js';

/** Planning executes functions that are declared immutable. Milliseconds. */
const TIMEOUT_MS = 5_000;
/** `EXPLAIN (GENERIC_PLAN)`. */
const FIRST_VERSION = 160_000;

/** How PostgreSQL would execute the statements of a shape, whatever their values. */
export interface StatementPlan {
  readonly shape: string;
  /** As `EXPLAIN` writes it, line by line. */
  readonly plan: readonly string[];
}

/** Explains slow statements of tenants: as the tenant's role in its home, in a transaction that may write nothing and is rolled back. */
export class StatementPlans {
  readonly #catalog: Pick<Catalog, 'query' | 'transaction'>;
  readonly #registry: Pick<DataSourceRegistry, 'for'> | undefined;

  /** @param registry - left out, this process serves no tenants, and explains nothing. */
  constructor(catalog: Pick<Catalog, 'query' | 'transaction'>, registry?: Pick<DataSourceRegistry, 'for'>) {
    this.#catalog = catalog;
    this.#registry = registry;
  }

  /**
   * The generic plan of a slow statement: it is planned and not executed. Recorded in the audit trail.
   *
   * @param id - of its shape.
   * @throws {SlowStatementNotFoundError}
   * @throws {StatementNotExplainableError} on PostgreSQL 15, and for what is not one statement that reads or writes rows.
   */
  async explain(tenant: Tenant, id: string): Promise<StatementPlan> {
    const registry = this.#registry;
    if (!registry)
      throw new StatementNotExplainableError(
        'The process that answers serves no tenants: ask an instance of the app.',
      );
    const { rows } = await this.#catalog.query<{ shape: string | null }>(
      'select s.shape from rowhouse.metric_slow_statements s where s.tenant_id = $1 and s.id = $2',
      [tenant.id, id],
    );
    const [found] = rows;
    if (!found) throw new SlowStatementNotFoundError();
    const { shape } = found;
    const reader = await StatementReader.load();
    const text = shape === null ? undefined : reader.explainShape(shape);
    if (shape === null || text === undefined)
      throw new StatementNotExplainableError(
        'What is known of it is not one SELECT, INSERT, UPDATE, DELETE or MERGE that stands for all its values.',
      );
    await this.#catalog.transaction((client) =>
      runEach(client, [
        auditStatement({
          action: 'slow_statement.explained',
          tenantId: tenant.id,
          target: id,
          after: { shape },
        }),
      ]),
    );
    return {
      shape,
      plan: await planOf(registry.for(tenant, { signal: AbortSignal.timeout(TIMEOUT_MS) }), text),
    };
  }
}

async function planOf(home: ReturnType<DataSourceRegistry['for']>, text: string): Promise<readonly string[]> {
  const runner = home.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query('set transaction read only');
    const [{ version }] = await runner.query(
      `select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as version`,
    );
    if (version < FIRST_VERSION)
      throw new StatementNotExplainableError(
        'It takes PostgreSQL 16 or later to plan a statement without its values.',
      );
    const client = await runner.connect();
    const query = new ExplainQuery(text);
    try {
      client.query(query);
      return await query.lines;
    } catch (error) {
      throw new StatementNotExplainableError(`It cannot be planned: ${messageOf(error)}`, error);
    }
  } finally {
    // Where that fails, the pool closes the connection with its transaction.
    await runner.rollbackTransaction().catch(() => {});
    await runner.release();
  }
}
