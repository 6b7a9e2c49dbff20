import type { Actor, Tenant } from '@rowhouse/core';
import { auditStatement, runEach } from '@rowhouse/core/internal';
import type pg from 'pg';
import { placedSchemas } from './tenant-schemas.js';

interface MoveOfTables {
  readonly tenant: Tenant;
  /** `undefined` for the coordinator. */
  readonly from: string | undefined;
  readonly by: Actor | undefined;
}

/** Moves a tenant's tables and records it in the audit trail, both or neither. @returns the worker that has them now. */
export async function recordedMove(
  client: pg.PoolClient,
  { tenant, from, by }: MoveOfTables,
  move: () => Promise<unknown>,
): Promise<string | undefined> {
  await client.query('begin');
  // The server ends what nobody waits for any more.
  await client.query(`set local client_connection_check_interval = '1s'`);
  await move();
  const to = (await placedSchemas(client, [tenant.schema]))[0]?.worker;
  const { id, slug } = tenant;
  await runEach(client, [
    auditStatement({
      action: 'tenant.relocated',
      tenantId: id,
      target: slug,
      before: { worker: from ?? null },
      after: { worker: to ?? null },
      by,
    }),
  ]);
  await client.query('commit');
  return to;
}
