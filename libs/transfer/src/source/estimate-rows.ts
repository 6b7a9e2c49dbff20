import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { historyOf } from '@rowhouse/migrations/internal';
import { sourceOf, tablesOf } from '../home/tables.js';

interface Plan {
  readonly Plan: { readonly 'Plan Rows': number };
}

/** A table of a tenant, and about how many of its rows it has. */
export interface EstimatedTable {
  readonly name: string;
  readonly rows: number;
}

/**
 * The tables of a tenant, and about how many rows each has, as PostgreSQL's planner estimates it. It reads no rows, and is far off for
 * tables that were never analyzed.
 */
export async function estimateTables(
  { deployment }: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
): Promise<readonly EstimatedTable[]> {
  const { tables: except } = await historyOf(deployment, tenant);
  const runner = deployment.registry.for(tenant).createQueryRunner();
  try {
    const client = await runner.connect();
    const estimated: EstimatedTable[] = [];
    for (const table of await tablesOf(client, tenant, deployment.schemaOf(tenant), except)) {
      const { rows } = await client.query(`explain (format json) select from ${sourceOf(table)}`);
      const [plan] = rows[0]['QUERY PLAN'] as readonly [Plan];
      estimated.push({ name: table.name, rows: plan.Plan['Plan Rows'] });
    }
    return estimated;
  } finally {
    await runner.release();
  }
}

/** About how many rows a tenant has, as {@link estimateTables} has it: for progress. */
export async function estimateRows(fleet: Pick<Fleet, 'deployment'>, tenant: Tenant): Promise<number> {
  return (await estimateTables(fleet, tenant)).reduce((sum, { rows }) => sum + rows, 0);
}
