import { privateMemoryKb } from '../harness/server-processes.mjs';
import { spread } from '../harness/statistics.mjs';
import { POOL_SIZE, RECYCLING } from './plan.mjs';

/** A typical query of an app. The server process caches the columns, indexes and sequence of the table. */
const STATEMENTS = [
  'select * from products order by id limit 20',
  `update products set stock = stock where id = 1`,
];

/**
 * The private memory of a pool's server processes after every connection has worked in the first 1, 100 … schemas,
 * with connections kept for ever and with connections recycled.
 *
 * @param {readonly number[]} steps ascending numbers of schemas
 * @param {readonly import('@rowhouse/core').Tenant[]} tenants
 */
export async function measureBackends(steps, tenants, { deployment, admin, log }) {
  const { TenantPool } = await import('@rowhouse/core');
  const rows = [];
  for (const [variant, maxTenantsPerConnection] of Object.entries(RECYCLING)) {
    const { role, url } = await deployment.createLogin(variant);
    const pool = new TenantPool({
      connectionString: url,
      max: POOL_SIZE,
      idleTimeoutMillis: 0,
      maxTenantsPerConnection,
      roles: deployment.roles,
      // One tenant holds all connections at the same time, which is more than its default share.
      limits: { concurrency: POOL_SIZE },
    });
    let touched = 0;
    for (const schemas of steps) {
      for (; touched < schemas; touched += 1) await touchFromEveryConnection(pool, tenants[touched]);
      const kb = await privateMemoryKb(admin, [role]);
      const row = {
        variant,
        schemas,
        connections: kb.length,
        recycled: pool.stats().recycled,
        privateKb: spread(kb, 0),
      };
      rows.push(row);
      log(`  ${variant}: ${schemas} schemas, ${row.privateKb.median} KB per server process`);
    }
    await pool.end();
  }
  return rows;
}

/** Holds all connections at the same time, so that each of them serves the tenant. */
async function touchFromEveryConnection(pool, tenant) {
  const clients = await Promise.all(Array.from({ length: POOL_SIZE }, () => pool.for(tenant).connect()));
  await Promise.all(
    clients.map(async (client) => {
      for (const statement of STATEMENTS) await client.query(statement);
    }),
  );
  for (const client of clients) client.release();
}
