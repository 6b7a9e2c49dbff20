import { parseTenant, type Tenant, TenantConflictError, type TenantStatus } from '@rowhouse/core';
import {
  beginOperation,
  deleteTenant,
  lockKeyOf,
  parseOptions,
  readTenant,
  runEach,
  setTenantStatus,
  TENANT_COLUMNS,
  whileHeld,
  writeEvent,
} from '@rowhouse/core/internal';
import type pg from 'pg';
import { z } from 'zod';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import type { CertificateKey } from './certificate/certificate-key.js';
import { type CertifiedExport, certify, type KeptCertificate } from './certificate/deletion-certificate.js';
import { describeFile } from './certificate/describe-file.js';
import { noteContents } from './certificate/purged-contents.js';
import { notePurged } from './certificate/purged-tables.js';
import { isExpired } from './clones.js';
import { type PurgeControl, purgeHome, refuseObstacles } from './purge/index.js';
import type { LifeControl } from './steps.js';

/** Writes a tenant's data below a folder. @returns the path of what was written. */
export type ExportData = (
  tenant: Tenant,
  folder: string,
  control: { readonly signal?: AbortSignal | undefined },
) => Promise<string>;

const deleteOptions = z.object({ retentionDays: z.number().min(0).max(36_500).default(30) });
const DELETABLE: readonly TenantStatus[] = ['active', 'suspended', 'maintenance', 'archived'];

/** What a purge has done. */
export interface PurgedTenant {
  /** The path of what was written first. */
  readonly exportedTo: string | undefined;
  readonly certificate: KeptCertificate;
}

/** Deletes tenants, which can be undone, and purges them, which cannot. */
export class Removal {
  readonly #deployment: FleetDeployment;
  readonly #export: ExportData;
  readonly #key: CertificateKey | undefined;

  constructor(deployment: FleetDeployment, exportTenant: ExportData, key: CertificateKey | undefined) {
    this.#deployment = deployment;
    this.#export = exportTenant;
    this.#key = key;
  }

  async delete(
    { id }: Tenant,
    options: { readonly retentionDays?: number },
    { by, check }: LifeControl,
  ): Promise<{ tenant: Tenant; purgeAfter: Date }> {
    const { retentionDays } = parseOptions('tenants.delete', deleteOptions, options);
    return this.#deployment.catalog.transaction(async (client) => {
      const tenant = await readTenant(client, id, { lock: true });
      check?.(tenant);
      await markDeleted(client, tenant, retentionDays, by);
      const { rows } = await client.query<{ purgeAfter: Date }>(
        'select purge_after as "purgeAfter" from rowhouse.tenant_removals where tenant_id = $1',
        [id],
      );
      return { tenant: await readTenant(client, id), purgeAfter: rows[0]?.purgeAfter ?? new Date() };
    });
  }

  /**
   * Deletes and purges a clone, unless it was given more time meanwhile.
   *
   * @returns whether it was.
   */
  async removeExpired({ id }: Tenant, control: LifeControl): Promise<boolean> {
    const deleted = await this.#deployment.catalog.transaction(async (client) => {
      const tenant = await readTenant(client, id, { lock: true });
      if (!(await isExpired(client, tenant))) return undefined;
      await markDeleted(client, tenant, 0, control.by);
      return readTenant(client, id);
    });
    if (deleted) await this.purge(deleted, { beforeRetentionEnds: true }, control);
    return deleted !== undefined;
  }

  /** @param before - runs first, if the tenant can be restored. */
  async restore(tenant: Tenant, before: () => Promise<void>, { by, check }: LifeControl): Promise<void> {
    requireStatus(tenant, ['deleted'], 'be restored');
    await before();
    await this.#deployment.catalog.transaction(async (client) => {
      const present = await readTenant(client, tenant.id, { lock: true });
      check?.(present);
      requireStatus(present, ['deleted'], 'be restored');
      const { rows } = await client.query<{ status: TenantStatus }>(
        'delete from rowhouse.tenant_removals where tenant_id = $1 returning previous_status as status',
        [tenant.id],
      );
      await runEach(client, [
        setTenantStatus(tenant, rows[0]?.status ?? 'suspended'),
        writeEvent('restored', tenant, by, { before: present }),
      ]);
    });
  }

  /** Deleted tenants whose retention has ended. */
  async expired(): Promise<readonly Tenant[]> {
    const { rows } = await this.#deployment.catalog.query(
      `select ${TENANT_COLUMNS} from rowhouse.tenants t join rowhouse.tenant_removals r on r.tenant_id = t.id
        where t.status = 'deleted' and r.purge_after <= pg_catalog.now() order by t.slug`,
    );
    return rows.map(parseTenant);
  }

  async purge(
    tenant: Tenant,
    { exportTo, beforeRetentionEnds = false }: { exportTo?: string; beforeRetentionEnds?: boolean },
    control: LifeControl,
  ): Promise<PurgedTenant> {
    const key = lockKeyOf('tenant', tenant.id);
    const locked = await this.#deployment.catalog.whileLocked(key, async (lost) => {
      const held = whileHeld(control, lost);
      if (tenant.status !== 'deleting') await this.#requirePurgeable(tenant, beforeRetentionEnds);
      await refuseObstacles(this.#deployment.registry, tenant);
      const exportedTo = exportTo === undefined ? undefined : await this.#exportTo(exportTo, tenant, held);
      await this.#begin(tenant, beforeRetentionEnds);
      const exported = exportedTo === undefined ? undefined : await describeFile(exportedTo);
      return { exportedTo, certificate: await this.finish(tenant, held, exported) };
    });
    if (!locked) throw new TenantConflictError(`Another process is working on the tenant "${tenant.slug}".`);
    return locked.result;
  }

  /** Removes a tenant that was not finished. The caller must hold the tenant's lock. */
  async undo(tenant: Tenant, control: LifeControl): Promise<void> {
    await this.#deployment.catalog.run([
      setTenantStatus(tenant, 'deleting'),
      beginOperation(tenant, 'purge', 'purge'),
    ]);
    // Nobody was told that it was created.
    await this.#purgeHome(tenant, control);
    await this.#deployment.catalog.transaction((client) => forget(client, tenant));
  }

  /** Removes a tenant in status `deleting` with all its data. It can be repeated. The caller must hold the tenant's lock. */
  async finish(tenant: Tenant, control: LifeControl, exported?: CertifiedExport): Promise<KeptCertificate> {
    const { catalog } = this.#deployment;
    const { by } = control;
    await this.#purgeHome(tenant, { ...control, onCount: notePurged(catalog, tenant) });
    return catalog.transaction(async (client) => {
      await runEach(client, [writeEvent('purged', tenant, by, { before: tenant })]);
      const certificate = await certify(client, tenant, { by, export: exported, key: this.#key });
      await forget(client, tenant);
      return certificate;
    });
  }

  async #purgeHome(tenant: Tenant, control: LifeControl & PurgeControl): Promise<void> {
    control.onStep?.('purge', tenant);
    await purgeHome(this.#deployment.registry, tenant, control);
    await this.#removeContents(tenant, control);
  }

  /** Nothing that names them is left. What they are is noted first: a process that dies has removed some. */
  async #removeContents(tenant: Tenant, { signal }: LifeControl): Promise<void> {
    const { catalog, companions } = this.#deployment;
    for (const companion of companions) {
      signal?.throwIfAborted();
      await noteContents(catalog, tenant, companion.name, await companion.count(tenant));
      await companion.remove(tenant, signal);
    }
  }

  #exportTo(folder: string, tenant: Tenant, { onStep, signal }: LifeControl): Promise<string> {
    onStep?.('export', tenant);
    return this.#export(tenant, folder, { signal });
  }

  /** Sets the status `deleting`; from then on the tenant can no longer be restored. */
  async #begin(tenant: Tenant, beforeRetentionEnds: boolean): Promise<void> {
    await this.#deployment.catalog.transaction(async (client) => {
      const { status } = await readTenant(client, tenant.id, { lock: true });
      if (status === 'deleting') return;
      await this.#requirePurgeable(tenant, beforeRetentionEnds, client);
      await runEach(client, [setTenantStatus(tenant, 'deleting'), beginOperation(tenant, 'purge', 'purge')]);
    });
  }

  async #requirePurgeable(
    { id }: Tenant,
    beforeRetentionEnds: boolean,
    client: Pick<pg.ClientBase, 'query'> = this.#deployment.catalog,
  ): Promise<void> {
    const tenant = await readTenant(client, id);
    requireStatus(tenant, ['deleted'], 'be purged; delete it first');
    if (beforeRetentionEnds) return;
    const { rows } = await client.query<{ after: Date }>(
      'select purge_after as after from rowhouse.tenant_removals where tenant_id = $1 and purge_after > pg_catalog.now()',
      [id],
    );
    if (!rows[0]) return;
    throw new TenantConflictError(
      `The tenant "${tenant.slug}" can be restored until ${rows[0].after.toISOString()}, and can be purged after that. ` +
        'To purge it now, set beforeRetentionEnds (--now).',
    );
  }
}

async function markDeleted(
  client: pg.ClientBase,
  tenant: Tenant,
  retentionDays: number,
  by: LifeControl['by'],
): Promise<void> {
  if (tenant.status === 'deleted') return;
  requireStatus(tenant, DELETABLE, 'be deleted');
  await client.query(
    `insert into rowhouse.tenant_removals (tenant_id, previous_status, purge_after)
     values ($1, $2, pg_catalog.now() + $3 * interval '1 day')`,
    [tenant.id, tenant.status, retentionDays],
  );
  await runEach(client, [
    setTenantStatus(tenant, 'deleted'),
    writeEvent('deleted', tenant, by, { before: tenant }),
  ]);
}

function forget(client: Pick<pg.ClientBase, 'query'>, { id }: Tenant): Promise<void> {
  return runEach(client, [
    { text: 'delete from rowhouse.homes where id = $1', values: [id] },
    deleteTenant(id),
  ]);
}

function requireStatus(tenant: Tenant, statuses: readonly TenantStatus[], what: string): void {
  if (statuses.includes(tenant.status)) return;
  throw new TenantConflictError(`The tenant "${tenant.slug}" is ${tenant.status}, so it cannot ${what}.`);
}
