import { parseTenant, type Tenant, TenantConflictError } from '@rowhouse/core';
import type pg from 'pg';
import { heldLocks, inTransaction, runEach, whileLocked } from '../catalog-transaction.js';
import { lockKeyOf } from '../homes/home.js';
import { TENANT_COLUMNS } from '../homes/home-ledger.js';
import { endWindowsOf } from '../runs/maintenance-window.js';
import type { OnStep, Provisioning } from './provisioning.js';
import type { Removal } from './removal.js';
import type { LifeControl } from './tenant-lifecycle.js';
import { beginStatement, eventStatement, setStatus } from './tenant-records.js';

export interface RepairOptions {
  /** Slugs; default: every tenant that something was begun on and not ended. */
  readonly tenants?: readonly string[];
  /** Remove tenants that were not made to the end, instead of going on. Default false. */
  readonly undo?: boolean;
}

export interface RepairReport {
  readonly repaired: readonly {
    readonly slug: string;
    readonly did: 'created' | 'undone' | 'purged' | 'back in service';
  }[];
  readonly failed: readonly { readonly slug: string; readonly error: string }[];
  /** Slugs of those that another process is at work on. */
  readonly busy: readonly string[];
}

interface RepairParts {
  readonly catalog: pg.Pool;
  /** For locks that are held as long as the work takes. */
  readonly locks: pg.Pool;
  readonly provisioning: Provisioning;
  readonly removal: Removal;
}

type Did = RepairReport['repaired'][number]['did'];

/** Ends what was begun on tenants, after a crash or a failure. */
export class TenantRepair {
  readonly #parts: RepairParts;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /**
   * Takes a tenant that is reserved to `active`.
   *
   * @throws what failed; the tenant is `failed` then.
   */
  async finish(tenant: Tenant, onStep: OnStep): Promise<void> {
    const { locks, provisioning } = this.#parts;
    const done = await whileLocked(locks, lockKeyOf('tenant', tenant.id), async () => {
      try {
        await provisioning.provisionInSteps(tenant, onStep);
      } catch (error) {
        await this.#noteFailure(tenant, error);
        throw error;
      }
    });
    if (!done) throw new TenantConflictError(`A process is at work on the tenant "${tenant.slug}".`);
  }

  async repair({ tenants, undo = false }: RepairOptions, control: LifeControl): Promise<RepairReport> {
    const report = {
      repaired: [] as { slug: string; did: Did }[],
      failed: [] as { slug: string; error: string }[],
      busy: [] as string[],
    };
    await this.#parts.provisioning.repairShared();
    for (const tenant of await this.#unfinished(tenants)) {
      if (control.signal?.aborted) break;
      try {
        const did = await this.#repairOne(tenant, undo, control);
        if (did) report.repaired.push({ slug: tenant.slug, did });
        else report.busy.push(tenant.slug);
      } catch (error) {
        report.failed.push({
          slug: tenant.slug,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
    for (const slug of await this.#endAbandonedWindows())
      report.repaired.push({ slug, did: 'back in service' });
    return report;
  }

  async #repairOne(tenant: Tenant, undo: boolean, control: LifeControl): Promise<Did | undefined> {
    const { catalog, locks, removal } = this.#parts;
    if (tenant.status !== 'deleting' && !undo) {
      const held = await heldLocks(catalog, [lockKeyOf('tenant', tenant.id)]);
      if (held.size > 0) return undefined;
      await this.finish(tenant, control.onStep ?? (() => {}));
      return 'created';
    }
    const done = await whileLocked(locks, lockKeyOf('tenant', tenant.id), async () => {
      await inTransaction(catalog, async (client) => {
        await setStatus(client, tenant, 'deleting');
        await runEach(client, [beginStatement(tenant, 'purge', 'purge')]);
      });
      await removal.finish(tenant, control);
    });
    if (!done) return undefined;
    return tenant.status === 'deleting' ? 'purged' : 'undone';
  }

  async #unfinished(slugs: readonly string[] | undefined): Promise<readonly Tenant[]> {
    const { rows } = await this.#parts.catalog.query(
      `select ${TENANT_COLUMNS} from rowhouse.tenants t
        where t.status in ('provisioning', 'failed', 'deleting') and ($1::text[] is null or t.slug = any($1))
        order by t.slug`,
      [slugs ?? null],
    );
    return rows.map(parseTenant);
  }

  async #noteFailure(tenant: Tenant, error: unknown): Promise<void> {
    await inTransaction(this.#parts.catalog, async (client) => {
      await setStatus(client, tenant, 'failed');
      await client.query(
        'update rowhouse.tenant_operations set error = $2, updated_at = pg_catalog.now() where tenant_id = $1',
        [tenant.id, error instanceof Error ? error.message : String(error)],
      );
      await runEach(client, [eventStatement('failed', tenant)]);
    });
  }

  /** Tenants that a run of migrations took out of service before its process died. @returns their slugs. */
  async #endAbandonedWindows(): Promise<readonly string[]> {
    const { catalog } = this.#parts;
    const { rows } = await catalog.query<{ runId: string }>(
      'select distinct run_id as "runId" from rowhouse.migration_run_homes where prior_status is not null',
    );
    const held = await heldLocks(
      catalog,
      rows.map(({ runId }) => lockKeyOf('run', runId)),
    );
    const dead = rows.map(({ runId }) => runId).filter((runId) => !held.has(lockKeyOf('run', runId)));
    return dead.length === 0 ? [] : endWindowsOf(catalog, dead);
  }
}
