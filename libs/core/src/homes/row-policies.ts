import pg from 'pg';

const { escapeIdentifier: quote } = pg;

/** The role that reads and writes the rows of all tenants, where no other is configured. */
export const DEFAULT_SYSTEM_ROLE = 'rowhouse_system';

/** The policies of a table with rows of many tenants, by name, and the condition of the tenant's policy. */
export const ROW_POLICIES = {
  /** Keeps tenants apart. */
  tenant: 'rowhouse_tenant',
  /** Gives the system's role all rows. */
  system: 'rowhouse_system',
  /**
   * For reading and writing. The scalar subquery is evaluated once per statement (an InitPlan), so that an index can be
   * used.
   */
  isOwnRow: "tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)",
  /**
   * The same in the schema of a tenant on Citus, which refuses subqueries in policies, and whose workers know the role of a statement,
   * but no setting. The role of a tenant ends with its id.
   */
  isOwnRowOnWorkers:
    "tenant_id = case when current_user ~ '_[0-9a-f]{32}$' then right(current_user, 32)::uuid end",
} as const;

/** SQL: whether the table `c` (of `pg_class`) carries rows of tenants. */
export const CARRIES_TENANT_ID = `exists (select from pg_catalog.pg_attribute a
  where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)`;

/** SQL: whether the table `c` has policies that bind its owner too. */
export const IS_BEHIND_POLICIES = `(c.relrowsecurity and c.relforcerowsecurity
  and exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid))`;

/** The statements that secure a table: both policies, and their enforcement. @param table - quoted. */
export function securingStatements(table: string, systemRole: string | undefined): string[] {
  const policy = (name: string, role: string, condition: string) =>
    `create policy ${name} on ${table} for all to ${role} using (${condition}) with check (${condition});`;
  return [
    policy(ROW_POLICIES.tenant, 'public', ROW_POLICIES.isOwnRow),
    ...(systemRole ? [policy(ROW_POLICIES.system, quote(systemRole), 'true')] : []),
    `alter table ${table} enable row level security, force row level security;`,
  ];
}

/** The condition of the tenant's policy as this server writes it in its catalog, to compare policies with. */
export async function renderedCondition(owner: pg.Pool): Promise<string> {
  const client = await owner.connect();
  try {
    await client.query(
      `begin; create temporary table rhdoctor_reference (tenant_id uuid);
       create policy reference on rhdoctor_reference using (${ROW_POLICIES.isOwnRow})`,
    );
    const { rows } = await client.query<{ condition: string }>(
      `select pg_catalog.pg_get_expr(polqual, polrelid) as condition from pg_catalog.pg_policy
        where polrelid = 'pg_temp.rhdoctor_reference'::regclass`,
    );
    return rows[0]?.condition ?? '';
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** A common table expression `below`, for WITH RECURSIVE: a relation, and those that it reads as a view, through other views too. */
export function relationsBelow(oid: string): string {
  return `below as (
         select ${oid}
         union
         select d.refobjid from below b
           join pg_catalog.pg_rewrite r on r.ev_class = b.oid
           join pg_catalog.pg_depend d on d.objid = r.oid and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)`;
}
