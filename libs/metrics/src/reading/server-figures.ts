import type { Catalog } from '@rowhouse/core';
import { EVERYTHING } from '../meters.js';

/** What PostgreSQL itself has counted for the roles of tenants, since {@link ServerFigures.since}. */
export interface ServerFigures {
  readonly executionMs: number;
  /** CPU of the server; `null` without the extension `pg_stat_kcache`. */
  readonly cpuMs: number | null;
  /** Blocks (8 KB as a rule) that were in shared buffers, and those that were not. */
  readonly blocksHit: number;
  readonly blocksRead: number;
  readonly blocksDirtied: number;
  readonly blocksWritten: number;
  /** When the server began to count. */
  readonly since: Date | null;
}

type Query = Pick<Catalog, 'query'>;

/** The roles of one tenant, or of all that have one: `<prefix>_<id without dashes>`. */
const ROLES = `select r.oid from pg_catalog.pg_roles r
   where case when $1 = '${EVERYTHING}' then r.rolname ~ '_[0-9a-f]{32}$' else r.rolname like '%\\_' || pg_catalog.replace($1, '-', '') end`;

/**
 * From `pg_stat_statements`, in the server of the catalog.
 *
 * @param id - of a tenant, or {@link EVERYTHING}.
 * @returns `null` where the extension is not there, is not loaded or may not be read, and for tenants without a role in this server.
 */
export async function serverFigures(catalog: Query, id: string): Promise<ServerFigures | null> {
  const { rows: found } = await catalog.query<{ name: string; schema: string }>(
    `select e.extname as name, pg_catalog.quote_ident(n.nspname) as schema from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      where e.extname in ('pg_stat_statements', 'pg_stat_kcache')`,
  );
  const schemaOf = (name: string) => found.find((each) => each.name === name)?.schema;
  const schema = schemaOf('pg_stat_statements');
  if (schema === undefined) return null;
  const counts = await countsOf(catalog, schema, id);
  if (!counts) return null;
  const kcache = schemaOf('pg_stat_kcache');
  return {
    ...counts,
    cpuMs: kcache === undefined ? null : await cpuMsOf(catalog, kcache, id),
  };
}

async function countsOf(
  catalog: Query,
  schema: string,
  id: string,
): Promise<Omit<ServerFigures, 'cpuMs'> | null> {
  const { rows } = await tryTo<ServerFigures>(
    catalog,
    `select coalesce(pg_catalog.sum(s.total_exec_time), 0)::pg_catalog.float8 as "executionMs",
       coalesce(pg_catalog.sum(s.shared_blks_hit), 0)::pg_catalog.float8 as "blocksHit",
       coalesce(pg_catalog.sum(s.shared_blks_read), 0)::pg_catalog.float8 as "blocksRead",
       coalesce(pg_catalog.sum(s.shared_blks_dirtied), 0)::pg_catalog.float8 as "blocksDirtied",
       coalesce(pg_catalog.sum(s.shared_blks_written), 0)::pg_catalog.float8 as "blocksWritten",
       (select i.stats_reset from ${schema}.pg_stat_statements_info i) as since
       from ${schema}.pg_stat_statements(false) s where s.userid in (${ROLES}) having exists (${ROLES})`,
    id,
  );
  return rows[0] ?? null;
}

async function cpuMsOf(catalog: Query, schema: string, id: string): Promise<number | null> {
  const { rows } = await tryTo<{ ms: number }>(
    catalog,
    `select coalesce(pg_catalog.sum(s.exec_user_time + s.exec_system_time), 0)::pg_catalog.float8 * 1000 as ms
       from ${schema}.pg_stat_kcache() s where s.userid in (${ROLES})`,
    id,
  );
  return rows[0]?.ms ?? null;
}

/** What an extension tells is no reason to tell nothing else: it may not be loaded, may not be read, or be of an old version. */
async function tryTo<Row extends object>(
  catalog: Query,
  text: string,
  id: string,
): Promise<{ rows: readonly Row[] }> {
  return catalog.query<Row>(text, [id]).catch((error: { readonly code?: unknown }) => {
    if (UNTOLD.includes(String(error.code))) return { rows: [] };
    throw error;
  });
}

/** SQLSTATEs: it is not in `shared_preload_libraries`, no privilege, no such function or column. */
const UNTOLD = ['55000', '42501', '42883', '42703', '42P01'];
