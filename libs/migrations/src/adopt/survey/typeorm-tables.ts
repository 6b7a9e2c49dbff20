import pg from 'pg';
import type { DataSource } from 'typeorm';
import { HistoryTables } from '../../homes/history-tables.js';
import type { OwnerTransaction } from '../owner-transaction.js';

const { escapeIdentifier: quote } = pg;

/** The names of TypeORM's own tables, without a schema. */
export interface TypeormTables {
  readonly history: string;
  readonly metadata: string;
  /** Tables that never become one tenant's: the history of shared tables, and the query cache. */
  readonly common: readonly string[];
}

export function typeormTables(dataSource: DataSource): TypeormTables {
  const { metadataTableName, cache } = dataSource.options;
  const tables = new HistoryTables(dataSource, '');
  const cacheTable = typeof cache === 'object' ? cache.tableName : undefined;
  return {
    history: tables.name({ isShared: false }),
    metadata: metadataTableName ?? 'typeorm_metadata',
    common: [tables.name({ isShared: true }), cacheTable ?? 'query-result-cache'],
  };
}

/** TypeORM's metadata table stores the schema name of views and generated columns in its rows. */
export async function renameInMetadata(
  owner: OwnerTransaction,
  { from, to }: { from: readonly string[]; to: string },
): Promise<void> {
  const { metadata } = typeormTables(owner.dataSource);
  const table = `${quote(to)}.${quote(metadata)}`;
  const [found] = await owner.read<{ there: boolean }>(
    'select pg_catalog.to_regclass($1) is not null as there',
    [table],
  );
  if (found?.there)
    await owner.change(`update ${table} set "schema" = $1 where "schema" = any($2)`, [to, from]);
}
