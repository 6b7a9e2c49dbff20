import {
  type Catalog,
  parseTenant,
  TENANT_ISOLATIONS,
  TENANT_STATUSES,
  type Tenant,
  TenantNotFoundError,
} from '@rowhouse/core';
import { TENANT_COLUMNS } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { HOME_ID_OF_TENANT } from '@rowhouse/migrations/internal';
import { z } from 'zod';
import { queryBoolean } from '../query-boolean.js';
import { shownText } from '../text.js';

/** The worst that the catalog knows of a tenant. */
export const TENANT_HEALTHS = ['ok', 'behind', 'failed'] as const;

/**
 * `failed`: it could not be made, changed or removed, or its home failed in the latest run of migrations and has not had them since;
 * `behind`: its home lacks migrations of this release. Whether a home has drifted, the catalog does not know.
 */
export type TenantHealth = (typeof TENANT_HEALTHS)[number];

/** A tenant as operators see it. */
export interface TenantDetails extends Omit<Tenant, 'schema'> {
  /** The last migration that its home has had; `null` for none. */
  readonly version: string | null;
  readonly health: TenantHealth;
  /** The operation on it that has not ended, and why it failed. */
  readonly unfinished: { readonly kind: string; readonly step: string; readonly error: string | null } | null;
  /** The worker of Citus that has its tables: `host:port`. `null` for those on the coordinator, and without Citus. */
  readonly worker: string | null;
}

/** What a listing can be sorted by; each has an index. */
const SORTS = {
  slug: 't.slug',
  name: 't.name',
  createdAt: 't.created_at',
  updatedAt: 't.updated_at',
} as const;

export const TENANT_SORTS = Object.keys(SORTS).flatMap((sort) => [sort, `-${sort}`]) as readonly (
  | keyof typeof SORTS
  | `-${keyof typeof SORTS}`
)[];

export const tenantFilterSchema = z.object({
  /** Beginnings of words in slug and name. */
  search: shownText(200).optional(),
  status: z.enum(TENANT_STATUSES).optional(),
  plan: shownText(200).optional(),
  isolation: z.enum(TENANT_ISOLATIONS).optional(),
  placement: shownText(200).optional(),
  /** The last migration that its home has had; empty for none. */
  version: shownText(300).or(z.literal('')).optional(),
  /** A migration of this release that its home has not had. */
  lacks: shownText(300).optional(),
  health: z.enum(TENANT_HEALTHS).optional(),
  /** Whether an operation on it has not ended, or has failed. */
  unfinished: queryBoolean.optional(),
});

export type TenantFilter = z.output<typeof tenantFilterSchema>;

export interface TenantListQuery extends TenantFilter {
  readonly sort: (typeof TENANT_SORTS)[number];
  readonly limit: number;
  /** What the page before ended with: its sort, the value that it is sorted by, and the id. */
  readonly after?: readonly [sort: TenantListQuery['sort'], value: string, id: string] | undefined;
}

interface TenantGroup {
  readonly status: Tenant['status'];
  readonly health: TenantHealth;
  readonly version: string | null;
  readonly tenants: number;
}

export interface TenantCounts {
  readonly tenants: number;
  readonly byStatus: Record<Tenant['status'], number>;
  /** Of those that have not been deleted. */
  readonly byHealth: Record<TenantHealth, number>;
  /** Likewise, by the last migration of their homes; latest first. */
  readonly byVersion: { readonly version: string | null; readonly tenants: number }[];
}

const countsOf = <K extends string>(keys: readonly K[], count: (key: K) => number) =>
  Object.fromEntries(keys.map((key) => [key, count(key)])) as Record<K, number>;

/** The names of migrations end in the time at which they were made. */
const timeOf = (version: string | null): number => Number(/\d{13}$/.exec(version ?? '')?.[0] ?? 0);

const WORDS = `pg_catalog.to_tsvector('simple'::pg_catalog.regconfig,
  pg_catalog.translate(t.slug operator(pg_catalog.||) ' ' operator(pg_catalog.||) t.name, '-_.@/', '     '))`;

/** The latest run of migrations. */
const LATEST_RUN = '(select id from rowhouse.migration_runs order by started_at desc, id desc limit 1)';

/** The histories that have all migrations of this release: `$1` are those of a home in a shared database, `$2` of one with its own. */
const CURRENT = [1, 2].map(
  (parameter) => `array(select hash from rowhouse.schema_histories where names @> $${parameter}::text[])`,
);

const HEALTH = `case
    when t.status = 'failed' or o.error is not null then 'failed'
    when h.history = any (case t.isolation when 'database' then ${CURRENT[1]} else ${CURRENT[0]} end) then 'ok'
    when exists (select from rowhouse.migration_run_homes r
                  where r.run_id = ${LATEST_RUN} and r.home_id = h.id and r.state = 'failed') then 'failed'
    else 'behind' end`;

/** @param tenants - a table with their rows, or a query in parentheses. */
const detailsFrom = (
  tenants: string,
) => `select ${TENANT_COLUMNS}, s.names[pg_catalog.cardinality(s.names)] as version, ${HEALTH} as health,
    case when o.tenant_id is not null then jsonb_build_object('kind', o.kind, 'step', o.step, 'error', o.error) end as unfinished
  from ${tenants} t
  left join rowhouse.homes h on h.id = ${HOME_ID_OF_TENANT}
  left join rowhouse.schema_histories s on s.hash = h.history
  left join rowhouse.tenant_operations o on o.tenant_id = t.id`;

/** Looks tenants up for operators: one query for a page, however many tenants there are, and with Citus another. */
export class TenantListing {
  readonly #catalog: Pick<Catalog, 'query'>;
  readonly #workers: Pick<Fleet['workers'], 'of'>;
  /** The first parameters of each query. */
  readonly #release: readonly (readonly string[])[];

  /** @param fleet - with the migrations of this release. */
  constructor(
    catalog: Pick<Catalog, 'query'>,
    { migrations, workers }: Pick<Fleet, 'migrations' | 'workers'>,
  ) {
    this.#catalog = catalog;
    this.#workers = workers;
    this.#release = [migrations.namesFor('schema'), migrations.namesFor('database')];
  }

  /** @throws {TenantNotFoundError} */
  async find(id: string): Promise<TenantDetails> {
    const one = `${detailsFrom('rowhouse.tenants')} where t.id = $3`;
    const { rows } = await this.#catalog.query(one, [...this.#release, id]);
    const [found] = await this.#detailsOf(rows);
    if (!found) throw new TenantNotFoundError();
    return found;
  }

  /** How many there are. One query, which reads all of them. */
  async counts(): Promise<TenantCounts> {
    const groups = `select status, health, version, count(*)::int as tenants
      from (${detailsFrom('rowhouse.tenants')}) d group by status, health, version`;
    const { rows } = await this.#catalog.query<TenantGroup>(groups, [...this.#release]);
    const existing = rows.filter(({ status }) => status !== 'deleted');
    const sum = (of: readonly TenantGroup[]) => of.reduce((total, { tenants }) => total + tenants, 0);
    const versions = [...new Set(existing.map(({ version }) => version))];
    const counted = versions.map((version) => ({
      version,
      tenants: sum(existing.filter((each) => each.version === version)),
    }));
    return {
      tenants: sum(rows),
      byStatus: countsOf(TENANT_STATUSES, (status) => sum(rows.filter((each) => each.status === status))),
      byHealth: countsOf(TENANT_HEALTHS, (health) => sum(existing.filter((each) => each.health === health))),
      byVersion: counted.sort((a, b) => timeOf(b.version) - timeOf(a.version)),
    };
  }

  async list(query: TenantListQuery): Promise<readonly TenantDetails[]> {
    const values: unknown[] = [...this.#release];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const isDescending = query.sort.startsWith('-');
    const column = SORTS[query.sort.replace('-', '') as keyof typeof SORTS];
    const ofTenants = tenantConditions(query, parameter);
    if (query.after) {
      const [, value, id] = query.after;
      ofTenants.push(
        `(${column}, t.id) ${isDescending ? '<' : '>'} (${parameter(value)}, ${parameter(id)}::uuid)`,
      );
    }
    const ofHomes = homeConditions(query, parameter);
    const direction = isDescending ? 'desc' : 'asc';
    const order = `order by ${column} ${direction}, t.id ${direction}`;
    const limit = `limit ${parameter(query.limit)}`;
    const found = foundBy(query, parameter);
    // Where tenants alone decide, only what is known of the page's homes is looked up.
    const text =
      ofHomes.length === 0
        ? `${detailsFrom(`(select * from ${found} t ${whereOf(ofTenants)} ${order} ${limit})`)} ${order}`
        : `${detailsFrom(found)} ${whereOf([...ofTenants, ...ofHomes])} ${order} ${limit}`;
    const { rows } = await this.#catalog.query(text, values);
    return this.#detailsOf(rows);
  }

  /** The slugs of all tenants that fit, in their order. One query. */
  async slugs(filter: TenantFilter): Promise<string[]> {
    const values: unknown[] = [...this.#release];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const where = whereOf([...tenantConditions(filter, parameter), ...homeConditions(filter, parameter)]);
    const { rows } = await this.#catalog.query<{ slug: string }>(
      `select d.slug from (${detailsFrom(foundBy(filter, parameter))} ${where}) d order by d.slug`,
      values,
    );
    return rows.map(({ slug }) => slug);
  }

  async #detailsOf(rows: readonly Record<string, unknown>[]): Promise<readonly TenantDetails[]> {
    const found = rows.map(({ version, health, unfinished, ...row }) => ({
      tenant: parseTenant(row),
      version: (version as string) ?? null,
      health: health as TenantHealth,
      unfinished: (unfinished as TenantDetails['unfinished']) ?? null,
    }));
    const workers = await this.#workers.of(found.map(({ tenant }) => tenant));
    return found.map(({ tenant: { schema: _, ...tenant }, ...known }) => ({
      ...tenant,
      ...known,
      worker: workers.get(tenant.id) ?? null,
    }));
  }
}

/** What a page of a listing ends with. */
export function listingKeyOf(
  tenant: TenantDetails,
  sort: TenantListQuery['sort'],
): readonly [string, string, string] {
  const value = tenant[sort.replace('-', '') as keyof typeof SORTS];
  return [sort, value instanceof Date ? value.toISOString() : value, tenant.id];
}

/** The tenants that a search finds, else all. `offset 0` keeps its index in use: else the order of the page decides, and all are read. */
function foundBy({ search }: TenantFilter, parameter: (value: unknown) => string): string {
  if (search === undefined) return 'rowhouse.tenants';
  const words = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  const query = words.map((word) => `'${word}':*`).join(' & ');
  const condition =
    words.length > 0 ? `${WORDS} @@ pg_catalog.to_tsquery('simple', ${parameter(query)})` : 'false';
  return `(select * from rowhouse.tenants t where ${condition} offset 0)`;
}

function tenantConditions(filter: TenantFilter, parameter: (value: unknown) => string): string[] {
  return (['status', 'plan', 'isolation', 'placement'] as const).flatMap((column) =>
    filter[column] === undefined ? [] : [`t.${column} = ${parameter(filter[column])}`],
  );
}

function homeConditions(filter: TenantFilter, parameter: (value: unknown) => string): string[] {
  const where: string[] = [];
  if (filter.version === '') where.push('s.names is null');
  else if (filter.version !== undefined)
    where.push(`s.names[pg_catalog.cardinality(s.names)] = ${parameter(filter.version)}`);
  if (filter.lacks !== undefined) {
    const name = parameter(filter.lacks);
    where.push(`${name} = any (case t.isolation when 'database' then $2::text[] else $1::text[] end)
      and not coalesce(s.names @> array[${name}], false)`);
  }
  if (filter.health !== undefined) where.push(`${HEALTH} = ${parameter(filter.health)}`);
  if (filter.unfinished !== undefined)
    where.push(`o.tenant_id is ${filter.unfinished ? 'not null' : 'null'}`);
  return where;
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
}
