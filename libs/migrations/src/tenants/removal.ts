import {
  parseTenant,
  type Tenant,
  TenantConflictError,
  TenantNotFoundError,
  type TenantStatus,
} from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type pg from 'pg';
import { z } from 'zod';
import { inTransaction, runEach, whileLocked } from '../catalog-transaction.js';
import { lockKeyOf } from '../homes/home.js';
import { TENANT_COLUMNS } from '../homes/home-ledger.js';
import { exportHome, purgeHome } from './purge/index.js';
import type { LifeControl } from './tenant-lifecycle.js';
import { beginStatement, eventStatement, readTenant, setStatus } from './tenant-records.js';

export interface RemovalParts {
  readonly registry: DataSourceRegistry;
  readonly catalog: pg.Pool;
  /** For locks that are held as long as the work takes. */
  readonly locks: pg.Pool;
  readonly homeSchema: string;
}

const RETENTION_DAYS = 30;
const DELETABLE: readonly TenantStatus[] = ['active', 'suspended', 'maintenance', 'archived'];

/** The end of tenants: deleted, which can be taken back; then purged, which cannot. */
export class Removal {
  readonly #parts: RemovalParts;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  async delete(
    { id }: Tenant,
    { retentionDays }: { readonly retentionDays?: number },
  ): Promise<{ tenant: Tenant; purgeAfter: Date }> {
    const days = z.number().min(0).max(36_500).default(RETENTION_DAYS).parse(retentionDays);
    return inTransaction(this.#parts.catalog, async (client) => {
      const tenant = await locked(client, id);
      if (tenant.status !== 'deleted') {
        requireStatus(tenant, DELETABLE, 'be deleted');
        await client.query(
          `insert into rowhouse.tenant_removals (tenant_id, previous_status, purge_after)
           values ($1, $2, pg_catalog.now() + $3 * interval '1 day')`,
          [id, tenant.status, days],
        );
        await setStatus(client, tenant, 'deleted');
        await runEach(client, [eventStatement('deleted', tenant)]);
      }
      const { rows } = await client.query<{ purgeAfter: Date }>(
        'select purge_after as "purgeAfter" from rowhouse.tenant_removals where tenant_id = $1',
        [id],
      );
      return { tenant: await locked(client, id), purgeAfter: rows[0]?.purgeAfter ?? new Date() };
    });
  }

  /** @param before - is run first, for a tenant that can be restored. */
  async restore(tenant: Tenant, before: () => Promise<void>): Promise<void> {
    requireStatus(tenant, ['deleted'], 'be restored');
    await before();
    await inTransaction(this.#parts.catalog, async (client) => {
      requireStatus(await locked(client, tenant.id), ['deleted'], 'be restored');
      const { rows } = await client.query<{ status: TenantStatus }>(
        'delete from rowhouse.tenant_removals where tenant_id = $1 returning previous_status as status',
        [tenant.id],
      );
      await setStatus(client, tenant, rows[0]?.status ?? 'suspended');
      await runEach(client, [eventStatement('restored', tenant)]);
    });
  }

  /** Deleted tenants whose time to be restored is over. */
  async expired(): Promise<readonly Tenant[]> {
    const { rows } = await this.#parts.catalog.query(
      `select ${TENANT_COLUMNS} from rowhouse.tenants t join rowhouse.tenant_removals r on r.tenant_id = t.id
        where t.status = 'deleted' and r.purge_after <= pg_catalog.now() order by t.slug`,
    );
    return rows.map(parseTenant);
  }

  async purge(
    tenant: Tenant,
    { exportTo, beforeRetentionEnds = false }: { exportTo?: string; beforeRetentionEnds?: boolean },
    control: LifeControl,
  ): Promise<{ exportedTo: string | undefined }> {
    const locked = await whileLocked(this.#parts.locks, lockKeyOf('tenant', tenant.id), async () => {
      if (tenant.status !== 'deleting') await this.#requirePurgeable(tenant, beforeRetentionEnds);
      const exportedTo = exportTo === undefined ? undefined : await this.#export(tenant, exportTo, control);
      await this.#begin(tenant, beforeRetentionEnds);
      await this.finish(tenant, control);
      return { exportedTo };
    });
    if (!locked) throw new TenantConflictError(`A process is at work on the tenant "${tenant.slug}".`);
    return locked.result;
  }

  /** Removes everything of a tenant in status `deleting`, and the tenant. May be repeated. For who holds its lock. */
  async finish(tenant: Tenant, control: LifeControl): Promise<void> {
    control.onStep?.('purge', tenant);
    await purgeHome(this.#parts, tenant, control);
    await inTransaction(this.#parts.catalog, async (client) => {
      await runEach(client, [
        eventStatement('purged', tenant),
        { text: 'delete from rowhouse.homes where id = $1', values: [tenant.id] },
        { text: 'delete from rowhouse.tenants where id = $1', values: [tenant.id] },
      ]);
    });
  }

  #export(tenant: Tenant, folder: string, control: LifeControl): Promise<string> {
    control.onStep?.('export', tenant);
    return exportHome(this.#parts, tenant, folder, { signal: control.signal });
  }

  /** From here on the tenant can only be purged. */
  async #begin(tenant: Tenant, beforeRetentionEnds: boolean): Promise<void> {
    await inTransaction(this.#parts.catalog, async (client) => {
      const { status } = await locked(client, tenant.id);
      if (status === 'deleting') return;
      await this.#requirePurgeable(tenant, beforeRetentionEnds, client);
      await setStatus(client, tenant, 'deleting');
      await runEach(client, [beginStatement(tenant, 'purge', 'purge')]);
    });
  }

  async #requirePurgeable(
    { id }: Tenant,
    beforeRetentionEnds: boolean,
    client: Pick<pg.ClientBase, 'query'> = this.#parts.catalog,
  ): Promise<void> {
    const tenant = await readTenant(client, { id });
    if (!tenant) throw new TenantNotFoundError();
    requireStatus(tenant, ['deleted'], 'be purged; delete it first');
    if (beforeRetentionEnds) return;
    const { rows } = await client.query<{ after: Date }>(
      'select purge_after as after from rowhouse.tenant_removals where tenant_id = $1 and purge_after > pg_catalog.now()',
      [id],
    );
    if (!rows[0]) return;
    throw new TenantConflictError(
      `The tenant "${tenant.slug}" can be restored until ${rows[0].after.toISOString()}, and is purged after that; ` +
        'to purge it now, say so (beforeRetentionEnds, --now).',
    );
  }
}

async function locked(client: Pick<pg.ClientBase, 'query'>, id: string): Promise<Tenant> {
  const tenant = await readTenant(client, { id }, { lock: true });
  if (!tenant) throw new TenantNotFoundError();
  return tenant;
}

function requireStatus(tenant: Tenant, statuses: readonly TenantStatus[], what: string): void {
  if (statuses.includes(tenant.status)) return;
  throw new TenantConflictError(`The tenant "${tenant.slug}" is ${tenant.status}, and cannot ${what}.`);
}
