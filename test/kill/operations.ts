import { setTimeout as delay } from 'node:timers/promises';
import { type Catalog, PostgresTenantStore, type Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { OperationKind } from '../../libs/admin/src/operations/operation.js';
import { Operations } from '../../libs/admin/src/operations/operations.js';
import { TenantOperations } from '../../libs/admin/src/tenants/tenant-operations.js';
import { disagreements, sentences } from './agreement.js';
import type { Lane } from './lane.js';
import { oneOf, type Random } from './random.js';
import type { Strikes } from './strikes.js';

/** An operation on a tenant, as a route of the admin API begins it. */
export type OperationAct =
  | {
      readonly do: 'operation';
      readonly kind: 'create';
      readonly tenant: { id: string; slug: string; isolation: Tenant['isolation'] };
    }
  | { readonly do: 'operation'; readonly kind: 'purge'; readonly tenant: { id: string; slug: string } };

function operationsOf(fleet: Fleet, catalog: Catalog) {
  const kinds = new TenantOperations(fleet.tenants, new PostgresTenantStore({ pool: catalog }));
  const all = [kinds.create, kinds.purge] as unknown as readonly OperationKind[];
  return { kinds, operations: new Operations(catalog, all) };
}

export async function operate(fleet: Fleet, catalog: Catalog, { kind, tenant }: OperationAct): Promise<void> {
  const { kinds, operations } = operationsOf(fleet, catalog);
  const { id, slug } = tenant;
  const begun =
    kind === 'create'
      ? await operations.start(kinds.create, tenant, { id, tenantId: id })
      : await operations.start(
          kinds.purge,
          { id, confirm: slug, beforeRetentionEnds: true },
          { tenantId: id },
        );
  while ((await operations.reportOf(begun.id)).state === 'running') await delay(1);
}

/** Kills processes that work on operations. Another process resumes them, as every instance does. */
export async function killOperations(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const check = async () => [
    ...(await disagreements(lane, [lane.release])),
    ...(await sentences(
      lane.server,
      `select format('The operation %s %s is %s: %s.', kind, id, state, problem) from rowhouse.operations where state <> 'succeeded'
       union all select format('The operation %s made no tenant.', id) from rowhouse.operations o
        where kind = 'tenant.create' and not exists (select from rowhouse.tenant_events e where e.tenant_id = o.id and e.type = 'purged')
          and not exists (select from rowhouse.tenants t where t.id = o.id)
       union all select format('The operation %s left its tenant.', id) from rowhouse.operations o
        where kind = 'tenant.purge' and exists (select from rowhouse.tenants t where t.id = o.tenant_id)`,
    )),
  ];
  const recover = () => resumeAll(lane);
  for (let n = 0; !strikes.isOver; n += 1) {
    const isolation = oneOf(random, ['schema', 'schema', 'database'] as const);
    const tenant = { id: crypto.randomUUID(), slug: `${lane.slug}-${n}`, isolation };
    const create = { do: 'operation', kind: 'create', tenant } as const;
    await strikes.on({
      label: `operation create (${isolation})`,
      act: create,
      seeds: n % 2 === 0,
      recover,
      check,
    });
    if (strikes.isOver) return;
    // A victim that is killed before it has noted the operation has done nothing.
    await lane.fleet.tenants.create({ ...tenant, ifNotExists: true });
    await lane.fleet.tenants.delete(tenant.slug);
    const purge = { do: 'operation', kind: 'purge', tenant } as const;
    await strikes.on({ label: `operation purge (${isolation})`, act: purge, recover, check });
    if ((await lane.tenants()).some(({ id }) => id === tenant.id))
      await lane.fleet.tenants.purge(tenant.slug, { confirm: tenant.slug, beforeRetentionEnds: true });
  }
}

async function resumeAll({ fleet, catalog, server }: Lane): Promise<void> {
  const { operations } = operationsOf(fleet, catalog);
  await operations.resumeAbandoned();
  for (;;) {
    const { rowCount } = await server.query("select from rowhouse.operations where state = 'running'");
    if (rowCount === 0) return;
    await delay(2);
  }
}
