import {
  isTenantId,
  isTenantSlug,
  type NewTenant,
  type PostgresTenantStore,
  parseNewTenant,
  type Tenant,
  TenantConflictError,
  type TenantListOptions,
  TenantNotFoundError,
  type TenantPage,
  type TenantStatus,
} from '@rowhouse/core';
import type pg from 'pg';
import { z } from 'zod';
import { inTransaction, runEach, whileLocked } from '../catalog-transaction.js';
import { lockKeyOf } from '../homes/home.js';
import type { PrewarmedHomes } from './prewarmed-homes.js';
import type { OnStep, Provisioning } from './provisioning.js';
import type { Removal } from './removal.js';
import { requireUnreserved } from './reserved-slugs.js';
import { eventStatement, readTenant, setStatus, type TenantEventType } from './tenant-records.js';
import { type RepairOptions, type RepairReport, TenantRepair } from './tenant-repair.js';

export interface TenantLifecycleParts {
  readonly catalog: pg.Pool;
  /** For locks that are held as long as the work takes. */
  readonly locks: pg.Pool;
  readonly store: PostgresTenantStore;
  readonly provisioning: Provisioning;
  readonly spares: PrewarmedHomes;
  readonly removal: Removal;
  readonly reservedSlugs: readonly string[];
}

/** How long work is told of, and stopped. */
export interface LifeControl {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: OnStep | undefined;
}

const changeSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    plan: z.string().min(1).max(200),
    metadata: z.record(z.string(), z.unknown()),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected name, plan or metadata');

/** The fields of a tenant that may be changed at any time. */
export type TenantUpdate = z.input<typeof changeSchema>;

/** From which statuses a tenant may come to which, and what the hooks are told. */
const TRANSITIONS = {
  suspended: { from: ['active', 'maintenance'], event: 'suspended' },
  active: { from: ['suspended', 'maintenance', 'archived'], event: 'activated' },
  maintenance: { from: ['active'], event: 'maintenance' },
  archived: { from: ['active', 'suspended', 'maintenance'], event: 'archived' },
} as const satisfies Partial<Record<TenantStatus, { from: readonly TenantStatus[]; event: TenantEventType }>>;

/** The life of tenants, from `provisioning` to purged. Every change is told to the hooks, at least once. */
export class TenantLifecycle {
  readonly #parts: TenantLifecycleParts;
  readonly #repair: TenantRepair;

  constructor(parts: TenantLifecycleParts) {
    this.#parts = parts;
    this.#repair = new TenantRepair(parts);
  }

  /**
   * Makes a tenant with its home, its tables and what the seed puts into them, and sets it `active`.
   *
   * Where that is one transaction (no seed, isolation `schema` or `row`) a failure leaves nothing. Otherwise it goes in
   * steps: a failure leaves the tenant `failed`, and {@link repair} goes on or undoes it.
   *
   * @param input.ifNotExists - an existing tenant of the slug is returned as it is. Default: a conflict.
   * @throws {TenantConflictError} when the slug or the id is taken, or reserved.
   * @throws {TenantIdInvalidError} when the slug is malformed.
   */
  async create(
    { ifNotExists = false, ...input }: NewTenant & { readonly ifNotExists?: boolean },
    { onStep = () => {} }: LifeControl = {},
  ): Promise<Tenant> {
    const { provisioning, reservedSlugs, store } = this.#parts;
    const tenant = parseNewTenant({ ...input, status: 'active' }, new Date());
    const existing = ifNotExists ? await store.findBySlug(tenant.slug) : undefined;
    if (existing) return existing;
    requireUnreserved(tenant.slug, reservedSlugs);
    onStep('reserve', tenant);
    const begun: Tenant = Object.freeze({
      ...tenant,
      status: provisioning.hasSeed ? 'provisioning' : 'active',
    });
    const made = await provisioning.makeAtOnce(begun, { mayHaveOtherId: input.id === undefined });
    if (made?.status === 'active') return this.find(made.id);
    const reserved: Tenant = made ?? Object.freeze({ ...tenant, status: 'provisioning' });
    if (!made) await provisioning.reserve(reserved);
    await this.#repair.finish(reserved, onStep);
    return this.find(reserved.id);
  }

  /** @throws {TenantNotFoundError} */
  async find(slugOrId: string): Promise<Tenant> {
    const { store } = this.#parts;
    const tenant = isTenantId(slugOrId)
      ? await store.findById(slugOrId)
      : isTenantSlug(slugOrId)
        ? await store.findBySlug(slugOrId)
        : undefined;
    if (!tenant) throw new TenantNotFoundError();
    return tenant;
  }

  /** By slug. */
  list(options?: TenantListOptions): Promise<TenantPage> {
    return this.#parts.store.list(options);
  }

  /** @throws {z.ZodError} when a field is wrong. */
  async update(slugOrId: string, change: TenantUpdate): Promise<Tenant> {
    const { name, plan, metadata } = changeSchema.parse(change);
    const { id } = await this.find(slugOrId);
    await inTransaction(this.#parts.catalog, async (client) => {
      await client.query(
        `update rowhouse.tenants set name = coalesce($2, name), plan = coalesce($3, plan),
           metadata = coalesce($4, metadata), updated_at = pg_catalog.now() where id = $1`,
        [id, name ?? null, plan ?? null, metadata ? JSON.stringify(metadata) : null],
      );
      await runEach(client, [eventStatement('updated', { id })]);
    });
    return this.find(id);
  }

  /** Takes a tenant out of service: 403 to its users. Its data stays. */
  suspend(slugOrId: string): Promise<Tenant> {
    return this.#change(slugOrId, 'suspended');
  }

  /** Puts a tenant into service. Its home is brought to the app's version first. */
  async activate(slugOrId: string): Promise<Tenant> {
    const tenant = await this.find(slugOrId);
    if (tenant.status === 'active') return tenant;
    this.#require(tenant, TRANSITIONS.active.from, 'active');
    await this.#parts.provisioning.bringUpToDate(tenant);
    return this.#change(tenant.id, 'active');
  }

  /** Takes a tenant out of service for a while: 503 and `Retry-After` to its users. */
  maintenance(slugOrId: string): Promise<Tenant> {
    return this.#change(slugOrId, 'maintenance');
  }

  /** Takes a tenant out of service for long. Runs of migrations leave it out, until it is activated. */
  archive(slugOrId: string): Promise<Tenant> {
    return this.#change(slugOrId, 'archived');
  }

  /**
   * Takes a tenant out of service, to be purged after a time; until then it can be restored as it was.
   *
   * @param options.retentionDays - default 30.
   */
  delete(
    slugOrId: string,
    options: { readonly retentionDays?: number } = {},
  ): Promise<{ readonly tenant: Tenant; readonly purgeAfter: Date }> {
    return this.find(slugOrId).then((tenant) => this.#parts.removal.delete(tenant, options));
  }

  /** Gives a deleted tenant back the status it had. Its home is brought to the app's version first. */
  async restore(slugOrId: string): Promise<Tenant> {
    const tenant = await this.find(slugOrId);
    await this.#parts.removal.restore(tenant, () => this.#parts.provisioning.bringUpToDate(tenant));
    return this.find(tenant.id);
  }

  /**
   * Removes a deleted tenant with all its data, for good. What a crash leaves half done, {@link repair} ends.
   *
   * @param options.confirm - the slug, once more.
   * @param options.exportTo - a folder that the tenant's data is written to first.
   * @param options.beforeRetentionEnds - purge although the time to restore it is not over.
   * @throws {TenantConflictError} when it is not deleted, or may still be restored, or `confirm` is not its slug.
   */
  async purge(
    slugOrId: string,
    options: { readonly confirm: string; readonly exportTo?: string; readonly beforeRetentionEnds?: boolean },
    control: LifeControl = {},
  ): Promise<{ readonly exportedTo: string | undefined }> {
    const tenant = await this.find(slugOrId);
    if (options.confirm !== tenant.slug)
      throw new TenantConflictError(`To purge "${tenant.slug}", confirm with its slug.`);
    return this.#parts.removal.purge(tenant, options, control);
  }

  /** Purges every deleted tenant whose time to be restored is over. @returns their slugs. */
  async purgeExpired(
    options: { readonly exportTo?: string } = {},
    control: LifeControl = {},
  ): Promise<readonly string[]> {
    const purged: string[] = [];
    for (const tenant of await this.#parts.removal.expired()) {
      if (control.signal?.aborted) break;
      await this.#parts.removal.purge(tenant, options, control);
      purged.push(tenant.slug);
    }
    return purged;
  }

  /** Ends or undoes what a crash has left half done. What another process is at work on is left to it. */
  repair(options: RepairOptions = {}, control: LifeControl = {}): Promise<RepairReport> {
    return this.#repair.repair(options, control);
  }

  /**
   * Sees to it that so many homes stand ready for new tenants with isolation `schema`, and removes those that are of an
   * older version.
   */
  async prewarm(
    { size }: { readonly size: number },
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (ready: number, size: number) => void } = {},
  ): Promise<{ readonly ready: number; readonly made: number; readonly removed: number }> {
    const { provisioning, spares, locks } = this.#parts;
    const wanted = z.int().min(0).max(10_000).parse(size);
    // One process fills at a time: two would make twice as many.
    const filled = await whileLocked(locks, lockKeyOf('run', 'prewarm'), async () => {
      const removed = await spares.removeOutdated(provisioning.history);
      let ready = await spares.count(provisioning.history);
      let made = 0;
      while (ready < wanted && !signal?.aborted) {
        await provisioning.makePrewarmed();
        ready += 1;
        made += 1;
        onProgress?.(ready, wanted);
      }
      return { ready, made, removed };
    });
    return filled?.result ?? { ready: await spares.count(provisioning.history), made: 0, removed: 0 };
  }

  async #change(slugOrId: string, status: keyof typeof TRANSITIONS): Promise<Tenant> {
    const { id } = await this.find(slugOrId);
    const { from, event } = TRANSITIONS[status];
    await inTransaction(this.#parts.catalog, async (client) => {
      const tenant = await readTenant(client, { id }, { lock: true });
      if (!tenant) throw new TenantNotFoundError();
      if (tenant.status === status) return;
      this.#require(tenant, from, status);
      await setStatus(client, tenant, status);
      await runEach(client, [eventStatement(event, tenant)]);
    });
    return this.find(id);
  }

  #require(tenant: Tenant, from: readonly TenantStatus[], to: TenantStatus): void {
    if (from.includes(tenant.status)) return;
    throw new TenantConflictError(
      `The tenant "${tenant.slug}" is ${tenant.status}, and cannot become ${to} from that.`,
    );
  }
}
