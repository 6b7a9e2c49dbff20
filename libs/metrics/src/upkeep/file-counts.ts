import { type Catalog, type Tenant, TenantContext } from '@rowhouse/core';
import { isElsewhere } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/nestjs';
import { byDatabase } from './by-database.js';
import { inReadOnly, type Pool } from './read-only.js';

/** Homes of one query, each with a lock on its table while it runs. */
const HOMES_PER_QUERY = 100;

/** The table of `@rowhouse/files`. */
const TABLE = 'tenant_files';

/** Whether a table `c` of that name is one of `@rowhouse/files`, and no other of the app's. */
const IS_OF_FILES = `c.relkind in ('r', 'p') and (
  select pg_catalog.count(*) from pg_catalog.pg_attribute a
   where a.attrelid = c.oid and not a.attisdropped and a.attname in ('state', 'size_bytes', 'upload_expires_at')) = 3`;

const HOMES = `select n.nspname::pg_catalog.text as schema, pg_catalog.quote_ident(n.nspname) as quoted
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relname = '${TABLE}' and ${IS_OF_FILES} and ($1::pg_catalog.text[] is null or n.nspname::pg_catalog.text = any ($1))`;

/** As the quota `fileBytes` counts them. */
const COUNTS = `pg_catalog.count(*) as files, coalesce(pg_catalog.sum(f.size_bytes), 0) as bytes`;
const COUNTED = `f.state <> 'rejected'`;

const IS_SHARED = `select exists (select from pg_catalog.pg_class c
  where c.oid = pg_catalog.to_regclass('${TABLE}') and ${IS_OF_FILES}) as there`;
const OF_ROW_TENANTS = `select f.tenant_id as owner, ${COUNTS} from ${TABLE} f where ${COUNTED} group by 1`;

const OF_ONE_TENANT = `select ${COUNTS} from ${TABLE} f where ${COUNTED}`;

const WRITE = `insert into rowhouse.metric_files as t (tenant_id, files, bytes)
  select g.* from rows from (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.int8[]),
    pg_catalog.unnest($3::pg_catalog.int8[])) as g (tenant_id, files, bytes)
   where not exists (select from rowhouse.metric_purged p where p.tenant_id = g.tenant_id)
   order by g.tenant_id
  on conflict (tenant_id) do update set files = excluded.files, bytes = excluded.bytes, measured_at = pg_catalog.now()`;

interface Home {
  readonly schema: string;
  readonly quoted: string;
}

interface CountsRow {
  /** A schema, or the id of a tenant. */
  readonly owner: string;
  readonly files: string;
  readonly bytes: string;
}

type Counts = Pick<CountsRow, 'files' | 'bytes'>;

export interface FileCountsOptions {
  readonly catalog: Pick<Catalog, 'query'>;
  readonly registry: DataSourceRegistry;
  readonly signal: AbortSignal;
  /** Called for tenants whose files could not be counted now. They keep the numbers that they had. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Counts the files of tenants where the app has `@rowhouse/files`: one query for a hundred tenants with schemas in a database, one for each
 * database of a tenant's own, one for all tenants that share the tables of the main database, and one for each that shares those of a
 * placement. Homes without its table cost nothing more.
 */
export class FileCounts {
  readonly #options: FileCountsOptions;
  /** By tenant of the main database; `undefined` where there is no table. Read when the first of them comes. */
  #ofRowTenants: Promise<ReadonlyMap<string, Counts> | undefined> | undefined;

  constructor(options: FileCountsOptions) {
    this.#options = options;
  }

  async measure(tenants: readonly Tenant[]): Promise<void> {
    const { catalog, registry, signal, onProblem } = this.#options;
    const counts = new Map<string, Counts>();
    const attempt = async (count: () => Promise<void>) => {
      if (signal.aborted) return;
      try {
        await count();
      } catch (error) {
        onProblem(error);
      }
    };
    for (const together of byDatabase(tenants, 'schema'))
      await attempt(async () => {
        const bySchema = new Map(together.map(({ schema, id }) => [schema as string, id]));
        const pool = await registry.directPoolFor(together[0]);
        const homes = await homesAmong(pool, [...bySchema.keys()]);
        for (let first = 0; first < homes.length; first += HOMES_PER_QUERY)
          await attempt(async () => {
            for (const { owner, ...found } of await countIn(
              pool,
              homes.slice(first, first + HOMES_PER_QUERY),
            ))
              counts.set(bySchema.get(owner) as string, found);
          });
      });
    for (const [tenant] of byDatabase(tenants, 'database'))
      await attempt(async () => {
        const pool = await registry.directPoolFor(tenant);
        const [found] = await countIn(pool, await homesAmong(pool, null));
        if (found) counts.set(tenant.id, found);
      });
    for (const sharing of byDatabase(tenants, 'row'))
      await attempt(async () => {
        const [anyOfThem] = sharing;
        if (isElsewhere(anyOfThem)) {
          if (!(await hasSharedTable(registry, anyOfThem))) return;
          for (const tenant of sharing) counts.set(tenant.id, await countOfRowTenant(registry, tenant));
          return;
        }
        this.#ofRowTenants ??= countOfRowTenants(registry, anyOfThem);
        const known = await this.#ofRowTenants;
        for (const { id } of known ? sharing : [])
          counts.set(id, known?.get(id) ?? { files: '0', bytes: '0' });
      });

    if (counts.size === 0) return;
    const all = [...counts.values()];
    await catalog.query(WRITE, [
      [...counts.keys()],
      all.map(({ files }) => files),
      all.map(({ bytes }) => bytes),
    ]);
  }
}

function homesAmong(pool: Pool, schemas: readonly string[] | null): Promise<readonly Home[]> {
  return inReadOnly<Home>(pool, HOMES, [schemas]);
}

async function countIn(pool: Pool, homes: readonly Home[]): Promise<readonly CountsRow[]> {
  if (homes.length === 0) return [];
  const parts = homes.map(
    ({ quoted }, index) =>
      `select ($1::pg_catalog.text[])[${index + 1}] as owner, ${COUNTS} from ${quoted}.${TABLE} f where ${COUNTED}`,
  );
  return inReadOnly<CountsRow>(pool, parts.join(' union all '), [homes.map(({ schema }) => schema)]);
}

/**
 * No tenant sees the rows of another one, and the owner sees none: the system's role sees all. Its statement is counted as others of the
 * system are, so it is sent only where the table is.
 *
 * @param tenant - any that shares the table.
 */
async function countOfRowTenants(
  registry: DataSourceRegistry,
  tenant: Tenant,
): Promise<ReadonlyMap<string, Counts> | undefined> {
  if (!(await hasSharedTable(registry, tenant))) return undefined;
  const rows = await TenantContext.runAsSystem(
    'count the files of tenants',
    () => registry.ambient.query(OF_ROW_TENANTS) as Promise<readonly CountsRow[]>,
  );
  return new Map(rows.map(({ owner, ...counts }) => [owner, counts]));
}

async function hasSharedTable(registry: DataSourceRegistry, tenant: Tenant): Promise<boolean> {
  const [shared] = await inReadOnly<{ there: boolean }>(await registry.directPoolFor(tenant), IS_SHARED, []);
  return shared?.there === true;
}

/** The system acts in the main database alone, so a tenant of a placement counts its own. */
async function countOfRowTenant(registry: DataSourceRegistry, tenant: Tenant): Promise<Counts> {
  const [counts]: Counts[] = await registry.for(tenant).query(OF_ONE_TENANT);
  return counts as Counts;
}
