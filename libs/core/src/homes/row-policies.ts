/** The policies of a table with rows of many tenants, by name, and what the tenant's one asks of a row. */
export const ROW_POLICIES = {
  /** Keeps tenants apart. */
  tenant: 'rowhouse_tenant',
  /** Opens the table to the system's role. */
  system: 'rowhouse_system',
  /** On reading and on writing. The scalar subquery is evaluated once per statement (an InitPlan), and so fits an index. */
  isOwnRow: "tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)",
} as const;

/** SQL: whether the table `c` (of `pg_class`) carries rows of tenants. */
export const CARRIES_TENANT_ID = `exists (select from pg_catalog.pg_attribute a
  where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)`;

/** SQL: whether the table `c` is behind policies that its owner does not pass either. */
export const IS_BEHIND_POLICIES = `(c.relrowsecurity and c.relforcerowsecurity
  and exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid))`;
