import pg from 'pg';
import { ROW_POLICIES } from '../../homes/row-policies.js';

const { escapeIdentifier: quote } = pg;

/** The statements that close a table: both policies, and their enforcement. @param table - quoted. */
export function securingStatements(table: string, systemRole: string | undefined): string[] {
  const policy = (name: string, role: string, condition: string) =>
    `create policy ${name} on ${table} for all to ${role} using (${condition}) with check (${condition});`;
  return [
    policy(ROW_POLICIES.tenant, 'public', ROW_POLICIES.isOwnRow),
    ...(systemRole ? [policy(ROW_POLICIES.system, quote(systemRole), 'true')] : []),
    `alter table ${table} enable row level security, force row level security;`,
  ];
}

/** The condition as the server at hand writes it: a policy that means the same reads the same. */
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
