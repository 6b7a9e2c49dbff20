import type pg from 'pg';

/** What decides how roles and schemas are made in a database. */
export interface ServerFacts {
  /** As in `server_version_num`: 150004 is 15.4. */
  readonly version: number;
  /** Whether the database is one of Citus: what is made in it is made on its workers, too. */
  readonly hasCitus: boolean;
}

/** SQL: whether the database is one of Citus. */
export const HAS_CITUS = `exists (select from pg_catalog.pg_extension where extname = 'citus')`;

/** Keeps what the transaction makes on the coordinator, out of sight of Citus. Without Citus it changes nothing. */
export const ON_COORDINATOR_ONLY = `select pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true)
  from pg_catalog.pg_extension where extname = 'citus'`;

/** Keeps the tables of schemas that the transaction makes on the coordinator. Only where {@link HAS_CITUS} is true. */
export const WITHOUT_SHARDING = 'set local citus.enable_schema_based_sharding = off';

/** Reads them, in one statement. */
export async function serverFacts(anybody: Pick<pg.ClientBase, 'query'>): Promise<ServerFacts> {
  const { rows } = await anybody.query<ServerFacts>(
    `select pg_catalog.current_setting('server_version_num')::int as version, ${HAS_CITUS} as "hasCitus"`,
  );
  if (!rows[0]) throw new Error('PostgreSQL told nothing of itself.');
  return rows[0];
}
