import { deepStrictEqual } from 'node:assert/strict';
import { TenantContext, type TenantPool } from '@rowhouse/core';
import type { Battle, Side } from './attack.js';

/** State that the next lease on a connection shows and that was not there at the beginning. */
const TRACES = `
  select current_setting('application_name') as application, current_setting('TimeZone') as zone,
    current_setting('lock_timeout') as lock_timeout, current_setting('default_transaction_read_only') as reads_only,
    nullif(current_setting('app.user_id', true), '') as user_id,
    (select count(*)::int from pg_class where relnamespace = pg_my_temp_schema()) as temporary,
    (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
    (select count(*)::int from pg_prepared_statements where from_sql) as prepared,
    (select count(*)::int from pg_cursors where is_holdable) as cursors,
    (select count(*)::int from pg_listening_channels()) as channels,
    (select count(*)::int from pg_prepared_xacts where database = current_database()) as two_phase`;

export async function tracesOn(pool: TenantPool, { tenant }: Side): Promise<unknown> {
  return (await pool.asOwner('look for traces', tenant).query(TRACES)).rows;
}

/** Whether a tenant's next statements act for it, see its own rows, and may write. */
export async function findConfusion(pool: TenantPool, side: Side, { isolation }: Battle): Promise<string[]> {
  const { tenant, mark, role } = side;
  return TenantContext.run(tenant, async () => {
    const found: string[] = [];
    const { rows } = await pool.query(
      `select current_user::text as role, current_setting('rowhouse.tenant_id') as id, 
         array(select name from unnest(current_schemas(false)) with ordinality s (name, n) where name !~ '^pg_temp' order by n)::text[] as path`,
    );
    const path = isolation === 'schema' ? [tenant.schema, 'public'] : ['public'];
    if (!isEqual(rows, [{ role, id: tenant.id, path }])) found.push(`acts as ${JSON.stringify(rows)}`);
    const secrets = await pool.query<{ secret: string }>(
      'select secret from products union all select secret from orders',
    );
    const foreign = secrets.rows.filter(
      ({ secret }) => secret.startsWith('mark-') && !secret.startsWith(mark),
    );
    if (foreign.length > 0) found.push(`sees ${JSON.stringify(foreign)}`);
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query("insert into products (sku, secret) values ('written', 'written')");
    } catch (error) {
      found.push(`cannot write: ${(error as Error).message}`);
    }
    await client.query('rollback');
    client.release();
    return found;
  });
}

export function isEqual(actual: unknown, expected: unknown): boolean {
  try {
    deepStrictEqual(actual, expected);
    return true;
  } catch {
    return false;
  }
}
