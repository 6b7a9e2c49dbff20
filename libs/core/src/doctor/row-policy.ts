import pg from 'pg';

/** The policies of a table with rows of many tenants, as `@rowhouse/typeorm` makes them. */
export const TENANT_POLICY = 'rowhouse_tenant';
export const SYSTEM_POLICY = 'rowhouse_system';

/** The condition of {@link TENANT_POLICY}, on reading and on writing. */
export const IS_OWN_ROW =
  "tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)";

const { escapeIdentifier: quote } = pg;

/** The statements that close a table: both policies, and their enforcement. @param table - quoted. */
export function securingStatements(table: string, systemRole: string | undefined): string[] {
  const policy = (name: string, role: string, condition: string) =>
    `create policy ${name} on ${table} for all to ${role} using (${condition}) with check (${condition});`;
  return [
    policy(TENANT_POLICY, 'public', IS_OWN_ROW),
    ...(systemRole ? [policy(SYSTEM_POLICY, quote(systemRole), 'true')] : []),
    `alter table ${table} enable row level security, force row level security;`,
  ];
}

/** The condition as the server at hand writes it: a policy that means the same reads the same. */
export async function renderedCondition(owner: pg.Pool): Promise<string> {
  const client = await owner.connect();
  try {
    await client.query(
      `begin; create temporary table rhdoctor_reference (tenant_id uuid);
       create policy reference on rhdoctor_reference using (${IS_OWN_ROW})`,
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
