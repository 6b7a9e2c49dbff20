import { parseTenant, type Tenant } from '@rowhouse/core';
import {
  beginOperation,
  lockKeyOf,
  messageOf,
  runEach,
  setTenantStatus,
  TENANT_COLUMNS,
  whileHeld,
} from '@rowhouse/core/internal';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { endWindowsOf } from '../runs/maintenance-window.js';
import type { Provisioning } from './provisioning.js';
import type { Removal } from './removal.js';
import type { LifeControl } from './steps.js';

export interface RepairOptions {
  /** Slugs. Default: every tenant with an unfinished operation. */
  readonly tenants?: readonly string[];
  /** Removes tenants whose creation did not finish, instead of finishing it. Default false. */
  readonly undo?: boolean;
}

export interface RepairReport {
  readonly repaired: readonly {
    readonly slug: string;
    readonly did: 'created' | 'undone' | 'purged' | 'back in service';
  }[];
  readonly failed: readonly { readonly slug: string; readonly error: string }[];
  /** Slugs of tenants that another process is working on. */
  readonly busy: readonly string[];
}

type Did = RepairReport['repaired'][number]['did'];

const UNFINISHED = "t.status in ('provisioning', 'failed', 'deleting')";

/** Finishes or undoes operations on tenants that a crash or an error interrupted. */
export class TenantRepair {
  readonly #deployment: FleetDeployment;
  readonly #provisioning: Provisioning;
  readonly #removal: Removal;

  constructor(deployment: FleetDeployment, provisioning: Provisioning, removal: Removal) {
    this.#deployment = deployment;
    this.#provisioning = provisioning;
    this.#removal = removal;
  }

  async repair({ tenants, undo = false }: RepairOptions, control: LifeControl): Promise<RepairReport> {
    const report = {
      repaired: [] as { slug: string; did: Did }[],
      failed: [] as { slug: string; error: string }[],
      busy: [] as string[],
    };
    // A process may have created shared tables and died before it granted tenants the right to read them.
    await this.#deployment.repairShared();
    for (const tenant of await this.#unfinished(tenants)) {
      if (control.signal?.aborted) break;
      try {
        const did = await this.#repairOne(tenant, undo, control);
        if (did === 'busy') report.busy.push(tenant.slug);
        else if (did !== 'settled') report.repaired.push({ slug: tenant.slug, did });
      } catch (error) {
        report.failed.push({ slug: tenant.slug, error: messageOf(error) });
      }
    }
    for (const slug of await this.#endAbandonedWindows())
      report.repaired.push({ slug, did: 'back in service' });
    return report;
  }

  async #repairOne(tenant: Tenant, undo: boolean, control: LifeControl): Promise<Did | 'busy' | 'settled'> {
    if (tenant.status === 'deleting' || undo || (await this.#isImport(tenant)))
      return this.#remove(tenant, control);
    const outcome = await this.#provisioning.provision(tenant, control);
    return outcome === 'done' ? 'created' : outcome;
  }

  /** Its rows are in an archive, which nobody here has. */
  async #isImport({ id }: Tenant): Promise<boolean> {
    const { rows } = await this.#deployment.catalog.query(
      "select from rowhouse.tenant_operations where tenant_id = $1 and kind = 'import'",
      [id],
    );
    return rows.length > 0;
  }

  async #remove({ id }: Tenant, control: LifeControl): Promise<Did | 'busy' | 'settled'> {
    const { catalog } = this.#deployment;
    const locked = await catalog.whileLocked(lockKeyOf('tenant', id), async (lost) => {
      const tenant = await this.#beginRemoval(id);
      if (!tenant) return 'settled';
      await this.#removal.finish(tenant, whileHeld(control, lost));
      return tenant.status === 'deleting' ? 'purged' : 'undone';
    });
    return locked?.result ?? 'busy';
  }

  /** Reads it again under the lock: another process may have finished it, and an active tenant is never removed here. */
  #beginRemoval(id: string): Promise<Tenant | undefined> {
    return this.#deployment.catalog.transaction(async (client) => {
      const { rows } = await client.query(
        `select ${TENANT_COLUMNS} from rowhouse.tenants t where t.id = $1 and ${UNFINISHED} for update`,
        [id],
      );
      if (!rows[0]) return undefined;
      const tenant = parseTenant(rows[0]);
      await runEach(client, [setTenantStatus(tenant, 'deleting'), beginOperation(tenant, 'purge', 'purge')]);
      return tenant;
    });
  }

  async #unfinished(slugs: readonly string[] | undefined): Promise<readonly Tenant[]> {
    const { rows } = await this.#deployment.catalog.query(
      `select ${TENANT_COLUMNS} from rowhouse.tenants t
        where ${UNFINISHED} and ($1::text[] is null or t.slug = any($1))
        order by t.slug`,
      [slugs ?? null],
    );
    return rows.map(parseTenant);
  }

  /** Puts tenants back in service whose migration run died during a maintenance window. @returns their slugs. */
  async #endAbandonedWindows(): Promise<readonly string[]> {
    const { catalog } = this.#deployment;
    const { rows } = await catalog.query<{ runId: string }>(
      'select distinct run_id as "runId" from rowhouse.migration_run_homes where prior_status is not null',
    );
    const held = await catalog.heldLocks(rows.map(({ runId }) => lockKeyOf('run', runId)));
    const dead = rows.map(({ runId }) => runId).filter((runId) => !held.has(lockKeyOf('run', runId)));
    return dead.length === 0 ? [] : endWindowsOf(catalog, dead);
  }
}
