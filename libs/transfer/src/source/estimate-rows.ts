import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { sourceOf, tablesOf } from '../home/tables.js';

interface Plan {
  readonly Plan: { readonly 'Plan Rows': number };
}

/**
 * About how many rows a tenant has, as PostgreSQL's planner estimates it: for progress. It reads no rows, and is far off for tables
 * that were never analyzed.
 */
export async function estimateRows(
  { deployment }: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
): Promise<number> {
  const runner = deployment.registry.for(tenant).createQueryRunner();
  try {
    const client = await runner.connect();
    let total = 0;
    for (const table of await tablesOf(client, tenant, deployment.schemaOf(tenant), [])) {
      const { rows } = await client.query(`explain (format json) select from ${sourceOf(table)}`);
      const [plan] = rows[0]['QUERY PLAN'] as readonly [Plan];
      total += plan.Plan['Plan Rows'];
    }
    return total;
  } finally {
    await runner.release();
  }
}
