import { OptionsInvalidError } from '@rowhouse/core';
import { StatementReader } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { plainEntities, TENANT_COLUMN } from '@rowhouse/typeorm/internal';
import type { QueryRunner } from 'typeorm';
import { MigrationFailedError, MigrationRefusedError } from '../errors.js';
import { HistoryTables } from '../homes/history-tables.js';
import type { Migration } from '../homes/migration-set.js';
import { withoutSchema } from '../recording/migration-recorder.js';
import type { Query } from '../recording/migration-watch.js';
import { inScratchHome } from '../recording/scratch-home.js';
import { runUpInTransaction } from '../recording/scratch-run.js';

export interface RowTablesParts {
  readonly registry: DataSourceRegistry;
  /** The migrations of tenants. */
  readonly migrations: readonly Migration[];
  /** The schema that tenants with isolation `row` share. */
  readonly homeSchema: string;
}

/** SQL: whether a table has the column $2. */
const hasTenant = (table: string) => `exists (select from pg_catalog.pg_attribute a
  where a.attrelid = ${table} and a.attname = $2 and not a.attisdropped)`;

/** Tables of the schema $1. An adoption gave the column to tables whose migrations do not know of it: those of schema $3. */
const WITHOUT_TENANT = `
  select c.relname::text as name from pg_catalog.pg_class c
   where c.relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident($1)) and c.relkind in ('r', 'p')
     and not ${hasTenant('c.oid')}
     and not ${hasTenant("pg_catalog.to_regclass(pg_catalog.format('%I.%I', $3::text, c.relname))")}
   order by 1`;

/**
 * The tables that the migrations of tenants make without `tenant_id`, so that all tenants with isolation `row` share their
 * rows. The migrations run in a scratch home, which is rolled back. Those of a deployment with nothing but row tenants may name the
 * shared schema; then the name is left out. Nothing is known where they cannot do without: where they change another schema that
 * exists already, or set the search path.
 */
export async function tablesWithoutTenant(parts: RowTablesParts): Promise<readonly string[]> {
  try {
    return await tablesInScratchHome(parts, 'schema');
  } catch (error) {
    if (!(error instanceof MigrationRefusedError)) throw error;
  }
  try {
    return await tablesInScratchHome(parts, 'row');
  } catch (error) {
    if (error instanceof MigrationRefusedError || error instanceof MigrationFailedError) return [];
    throw error;
  }
}

/** @param kind - whose rules hold for the migrations: with `row`, they may name the shared schema. */
function tablesInScratchHome(
  { registry, migrations, homeSchema }: RowTablesParts,
  kind: 'schema' | 'row',
): Promise<readonly string[]> {
  return inScratchHome(registry, async ({ runner, dataSource, tenant: { schema } }) => {
    const read = async () => {
      const rows: { name: string }[] = await runner.query(WITHOUT_TENANT, [
        schema,
        TENANT_COLUMN,
        homeSchema,
      ]);
      return rows.map(({ name }) => name);
    };
    await new HistoryTables(dataSource, schema).makeForTypeOrm(runner);
    const ofTypeOrm = await read();
    const reader = await StatementReader.load();
    if (kind === 'row') runner.query = queryWithoutSchema(runner, homeSchema);
    await runUpInTransaction(runner, { reader, kind, schema, migrations });
    return (await read()).filter((name) => !ofTypeOrm.includes(name));
  });
}

function queryWithoutSchema(runner: QueryRunner, schema: string): QueryRunner['query'] {
  const query: Query = runner.query;
  const adapted: Query = (text, values, structured) =>
    query.call(runner, withoutSchema(text, schema), values, structured);
  return adapted as QueryRunner['query'];
}

/**
 * Refuses entities whose tables all tenants with isolation `row` would share. Such a tenant may read those, and not write.
 *
 * @throws {OptionsInvalidError} naming the entities.
 */
export async function requireRowEntities(parts: RowTablesParts): Promise<void> {
  const plain = plainEntities(parts.registry.ambient);
  if (plain.length === 0) return;
  const tables = new Set(await tablesWithoutTenant(parts));
  const shared = plain.filter(({ table }) => tables.has(table));
  if (shared.length === 0) return;
  throw new OptionsInvalidError(
    'isolation "row"',
    shared.map(({ name, table }) => ({
      field: name,
      expected:
        `all tenants would share the table "${table}", which has no ${TENANT_COLUMN}. Declare the entity with @TenantEntity() ` +
        "and generate a migration; if all shall read the same rows, with @Entity({ schema: 'public' }) and a shared migration",
    })),
  );
}
