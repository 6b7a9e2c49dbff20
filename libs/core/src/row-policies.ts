/** The policies of a table with rows of many tenants, by name, and what the tenant's one asks of a row. */
export const ROW_POLICIES = {
  /** Keeps tenants apart. */
  tenant: 'rowhouse_tenant',
  /** Opens the table to the system's role. */
  system: 'rowhouse_system',
  /** On reading and on writing. The scalar subquery is evaluated once per statement (an InitPlan), and so fits an index. */
  isOwnRow: "tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)",
} as const;
