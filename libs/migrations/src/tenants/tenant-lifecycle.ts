import {
  type Actor,
  type EffectivePlans,
  IsolationViolationError,
  type NewTenant,
  PostgresTenantStore,
  type Tenant,
  type TenantChange,
  TenantConflictError,
  TenantContext,
  type TenantEventType,
  type TenantListOptions,
  type TenantPage,
  type TenantStatus,
} from '@rowhouse/core';
import {
  findTenant,
  lockKeyOf,
  messageOf,
  parseNewTenant,
  parseOptions,
  parseTenantChange,
  readTenant,
  requireActor,
  requireEntryTo,
  runEach,
  setTenantStatus,
  updateTenant,
  whileHeld,
  writeEvent,
} from '@rowhouse/core/internal';
import { z } from 'zod';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import type { CertificateKey } from './certificate/certificate-key.js';
import type { KeptCertificate } from './certificate/deletion-certificate.js';
import { findDeletionCertificate } from './certificate/find-certificate.js';
import { type CloneRecord, expiredClones, setExpiry } from './clones.js';
import { deleteMadeSuspended } from './made-suspended.js';
import { PrewarmedHomes } from './prewarmed-homes.js';
import { Provisioning, type TenantContents } from './provisioning.js';
import { type ExportData, type PurgedTenant, Removal } from './removal.js';
import type { LifeControl } from './steps.js';
import { type RepairOptions, type RepairReport, TenantRepair } from './tenant-repair.js';

/** The allowed changes of status, and the event that each change writes. */
const TRANSITIONS = {
  suspended: { from: ['active', 'maintenance'], event: 'suspended' },
  active: { from: ['suspended', 'maintenance', 'archived'], event: 'activated' },
  maintenance: { from: ['active'], event: 'maintenance' },
  archived: { from: ['active', 'suspended', 'maintenance'], event: 'archived' },
} as const satisfies Partial<Record<TenantStatus, { from: readonly TenantStatus[]; event: TenantEventType }>>;

const prewarmOptions = z.object({ size: z.int().min(0).max(10_000) });

export interface TenantLifecycleParts {
  readonly deployment: FleetDeployment;
  readonly migrator: HomeMigrator;
  readonly exportTenant: ExportData;
  readonly reservedSlugs: readonly string[];
  readonly certificateKey: CertificateKey | undefined;
}

export interface PurgeReport {
  /** Slugs. */
  readonly purged: readonly string[];
  readonly failed: readonly { readonly slug: string; readonly error: string }[];
}

/** The lifecycle of tenants, from `provisioning` to purged. Every change is delivered to the hooks with its actor, at least once. */
export class TenantLifecycle {
  /** What tenants may have. */
  readonly plans: EffectivePlans;
  readonly #deployment: FleetDeployment;
  readonly #store: PostgresTenantStore;
  readonly #reservedSlugs: readonly string[];
  readonly #prewarmed: PrewarmedHomes;
  readonly #provisioning: Provisioning;
  readonly #removal: Removal;
  readonly #repair: TenantRepair;

  constructor({ deployment, migrator, exportTenant, reservedSlugs, certificateKey }: TenantLifecycleParts) {
    this.plans = deployment.plans;
    this.#deployment = deployment;
    this.#store = new PostgresTenantStore({ pool: deployment.catalog });
    this.#reservedSlugs = reservedSlugs;
    this.#prewarmed = new PrewarmedHomes(deployment);
    this.#provisioning = new Provisioning(deployment, migrator, this.#prewarmed);
    this.#removal = new Removal(deployment, exportTenant, certificateKey);
    this.#repair = new TenantRepair(deployment, this.#provisioning, this.#removal);
  }

  /**
   * Creates a tenant with its home, its tables and the rows of the seed, and sets it `active`.
   *
   * Without a seed and with isolation `schema` or `row` this is one transaction, and a failure leaves nothing. Otherwise it
   * has several steps: a failure leaves the tenant `failed`, and {@link repair} finishes or undoes it.
   *
   * @param input.ifNotExists - returns an existing tenant with this slug unchanged. Default: a conflict.
   * @throws {TenantConflictError} when the slug or the id is taken, or reserved.
   * @throws {TenantIdInvalidError} when the slug or the id is malformed.
   * @throws {TenantInvalidError} when another field is wrong.
   * @throws {PlanUnknownError} when plans are declared, and this is none of them.
   * @throws {OptionsInvalidError} for isolation `row`, when entities have no `tenant_id`; it names them. Nothing was made.
   * @throws {MigrationFailedError} when a migration fails in the new home.
   */
  async create(
    { ifNotExists = false, ...input }: NewTenant & { readonly ifNotExists?: boolean },
    control: LifeControl = {},
  ): Promise<Tenant> {
    requireAboveTenants(control.by);
    const tenant = parseNewTenant({ ...input, status: 'active' }, new Date());
    const existing = ifNotExists ? await this.#store.findBySlug(tenant.slug) : undefined;
    if (existing) return existing;
    requireUnreserved(tenant.slug, this.#reservedSlugs);
    this.plans.requirePlan(tenant.plan);
    return this.find(
      await this.#provisioning.create(tenant, { mayBePrewarmed: input.id === undefined }, control),
    );
  }

  /**
   * Creates a tenant with rows from elsewhere, migrates them to the version of this release, and sets it `active`, or
   * `suspended` where the contents say so. A failure leaves nothing. After a crash in the middle {@link repair} removes what was made.
   *
   * @throws as {@link create}.
   * @internal For the packages of Rowhouse.
   */
  async createFrom(contents: TenantContents, input: NewTenant, control: LifeControl = {}): Promise<Tenant> {
    requireAboveTenants(control.by);
    const tenant = parseNewTenant({ ...input, status: 'active' }, new Date());
    requireUnreserved(tenant.slug, this.#reservedSlugs);
    this.plans.requirePlan(tenant.plan);
    const undo = (made: Tenant) => this.#removal.undo(made, { by: control.by });
    await this.#provisioning.createFrom(contents, tenant, undo, control);
    return this.find(tenant.id);
  }

  /** @throws {TenantNotFoundError} */
  find(slugOrId: string): Promise<Tenant> {
    return findTenant(this.#store, slugOrId);
  }

  /** One page of tenants, sorted by slug. */
  list(options?: TenantListOptions): Promise<TenantPage> {
    return this.#store.list(options);
  }

  /**
   * @throws {TenantInvalidError} when a field is wrong.
   * @throws {PlanUnknownError} when plans are declared, and this is none of them.
   */
  async update(slugOrId: string, change: TenantChange, { by, check }: LifeControl = {}): Promise<Tenant> {
    const fields = parseTenantChange(change);
    if (fields.plan !== undefined) this.plans.requirePlan(fields.plan);
    const { id } = await this.#findToChange(slugOrId, by);
    await this.#deployment.catalog.transaction(async (client) => {
      const before = await readTenant(client, id, { lock: true });
      check?.(before);
      await runEach(client, [updateTenant(id, fields), writeEvent('updated', before, by, { before })]);
    });
    return this.find(id);
  }

  /** Takes a tenant out of service: its requests get 403. Its data stays. */
  suspend(slugOrId: string, control: LifeControl = {}): Promise<Tenant> {
    return this.#change(slugOrId, 'suspended', control);
  }

  /** Puts a tenant into service, after running the migrations that its home lacks. */
  async activate(slugOrId: string, control: LifeControl = {}): Promise<Tenant> {
    const tenant = await this.#findToChange(slugOrId, control.by);
    if (tenant.status === 'active') return tenant;
    this.#require(tenant, TRANSITIONS.active.from, 'active');
    await this.#provisioning.bringUpToDate(tenant);
    return this.#change(tenant.id, 'active', control);
  }

  /** Takes a tenant out of service for a short time: its requests get 503 and `Retry-After`. */
  maintenance(slugOrId: string, control: LifeControl = {}): Promise<Tenant> {
    return this.#change(slugOrId, 'maintenance', control);
  }

  /** Takes a tenant out of service for a long time. Migration runs skip it until it is activated again. */
  archive(slugOrId: string, control: LifeControl = {}): Promise<Tenant> {
    return this.#change(slugOrId, 'archived', control);
  }

  /**
   * Takes a tenant out of service and marks it for purging. It can be restored until it is purged.
   *
   * @param options.retentionDays - days before it may be purged. Default 30.
   */
  async delete(
    slugOrId: string,
    options: { readonly retentionDays?: number } = {},
    control: LifeControl = {},
  ): Promise<{ readonly tenant: Tenant; readonly purgeAfter: Date }> {
    return this.#removal.delete(await this.#findToChange(slugOrId, control.by), options, control);
  }

  /** Gives a deleted tenant its former status back, after running the migrations that its home lacks. */
  async restore(slugOrId: string, control: LifeControl = {}): Promise<Tenant> {
    const tenant = await this.#findToChange(slugOrId, control.by);
    await this.#removal.restore(tenant, () => this.#provisioning.bringUpToDate(tenant), control);
    return this.find(tenant.id);
  }

  /**
   * Removes a deleted tenant with all its data. This cannot be undone. {@link repair} finishes a purge that a crash interrupted.
   *
   * @param options.confirm - the slug, repeated as a confirmation.
   * @param options.exportTo - a folder to export the tenant's data to first.
   * @param options.beforeRetentionEnds - purges even if the retention has not ended.
   * @throws {TenantConflictError} when it is not deleted, its retention has not ended, or `confirm` is not its slug.
   * @throws {OptionsInvalidError} with `exportTo` where the fleet has no `exportTenant`. Nothing was removed.
   * @throws {MigrationConflictError} when objects outside of its home use what is in it, or rows of other tenants refer to its rows.
   *   Nothing was removed; the tenant can still be restored.
   */
  async purge(
    slugOrId: string,
    options: { readonly confirm: string; readonly exportTo?: string; readonly beforeRetentionEnds?: boolean },
    control: LifeControl = {},
  ): Promise<PurgedTenant> {
    const tenant = await this.#findToChange(slugOrId, control.by);
    if (options.confirm !== tenant.slug)
      throw new TenantConflictError(`To purge "${tenant.slug}", confirm with its slug.`);
    return this.#removal.purge(tenant, options, control);
  }

  /**
   * What a purge has removed: it is known for good.
   *
   * @param slugOrId - of a purged tenant; of several that had the slug, the last.
   * @throws {CertificateNotFoundError}
   */
  certificate(slugOrId: string): Promise<KeptCertificate> {
    return findDeletionCertificate(this.#deployment.catalog, slugOrId);
  }

  /** Purges every deleted tenant whose retention has ended. One that cannot be purged does not keep it from the others. */
  async purgeExpired(
    options: { readonly exportTo?: string } = {},
    control: LifeControl = {},
  ): Promise<PurgeReport> {
    requireAboveTenants(control.by);
    return purgeEach(await this.#removal.expired(), control, (tenant) =>
      this.#removal.purge(tenant, options, control),
    );
  }

  /**
   * Deletes and purges every clone whose time is over, whatever its retention. While one process does so, others do nothing. One that
   * cannot be purged does not keep it from the others.
   */
  async removeExpired(control: LifeControl = {}): Promise<PurgeReport> {
    requireAboveTenants(control.by);
    const { catalog } = this.#deployment;
    if ((await expiredClones(catalog)).length === 0) return { purged: [], failed: [] };
    const locked = await catalog.whileLocked(lockKeyOf('clones', 'expiry'), async (lost) => {
      const held = whileHeld(control, lost);
      return purgeEach(await expiredClones(catalog), held, (tenant) =>
        this.#removal.removeExpired(tenant, held),
      );
    });
    return locked?.result ?? { purged: [], failed: [] };
  }

  /**
   * Changes when a clone expires.
   *
   * @param expiresAt - `null`: never.
   * @throws {TenantConflictError} when it is no clone, or is deleted.
   * @throws {OptionsInvalidError} for a time that is past.
   */
  async setExpiry(slugOrId: string, expiresAt: Date | null, control: LifeControl = {}): Promise<CloneRecord> {
    const tenant = await this.#findToChange(slugOrId, control.by);
    return this.#deployment.catalog.transaction((client) => setExpiry(client, tenant, expiresAt, control));
  }

  /** Finishes or undoes operations that a crash or an error interrupted. It skips tenants that another process is working on. */
  async repair(options: RepairOptions = {}, control: LifeControl = {}): Promise<RepairReport> {
    requireAboveTenants(control.by);
    return this.#repair.repair(options, control);
  }

  /**
   * Makes sure that `size` homes are ready for new tenants with isolation `schema`, and removes prewarmed homes of older
   * versions.
   */
  async prewarm(
    { size }: { readonly size: number },
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (ready: number, size: number) => void } = {},
  ): Promise<{ readonly ready: number; readonly made: number; readonly removed: number }> {
    const { size: wanted } = parseOptions('tenants.prewarm', prewarmOptions, { size });
    const { history } = this.#provisioning;
    // One process at a time: two would build twice as many.
    const done = await this.#deployment.catalog.whileLocked(lockKeyOf('prewarm', ''), async () => {
      const removed = await this.#prewarmed.removeOutdated(history);
      let ready = await this.#prewarmed.count(history);
      let made = 0;
      while (ready < wanted && !signal?.aborted) {
        await this.#provisioning.prewarm();
        ready += 1;
        made += 1;
        onProgress?.(ready, wanted);
      }
      return { ready, made, removed };
    });
    return done?.result ?? { ready: await this.#prewarmed.count(history), made: 0, removed: 0 };
  }

  /** @throws {IsolationViolationError} under an operator's entry into another tenant. */
  async #findToChange(slugOrId: string, by: Actor | undefined): Promise<Tenant> {
    requireActor(by);
    const tenant = await this.find(slugOrId);
    requireEntryTo(tenant, TenantContext.entry());
    return tenant;
  }

  async #change(
    slugOrId: string,
    status: keyof typeof TRANSITIONS,
    { by, check }: LifeControl,
  ): Promise<Tenant> {
    const { id } = await this.#findToChange(slugOrId, by);
    const { from, event } = TRANSITIONS[status];
    await this.#deployment.catalog.transaction(async (client) => {
      const tenant = await readTenant(client, id, { lock: true });
      check?.(tenant);
      if (tenant.status === status) return;
      this.#require(tenant, from, status);
      await runEach(client, [
        setTenantStatus(tenant, status),
        ...(status === 'active' ? [deleteMadeSuspended(tenant)] : []),
        writeEvent(event, tenant, by, { before: tenant }),
      ]);
    });
    return this.find(id);
  }

  #require(tenant: Tenant, from: readonly TenantStatus[], to: TenantStatus): void {
    if (from.includes(tenant.status)) return;
    throw new TenantConflictError(
      `The tenant "${tenant.slug}" is ${tenant.status}, and cannot become ${to} from that status.`,
    );
  }
}

/** @param purge - answers `false` for one that it has left. */
async function purgeEach(
  tenants: readonly Tenant[],
  { signal }: LifeControl,
  purge: (tenant: Tenant) => Promise<unknown>,
): Promise<PurgeReport> {
  const report = { purged: [] as string[], failed: [] as { slug: string; error: string }[] };
  for (const tenant of tenants) {
    if (signal?.aborted) break;
    try {
      if ((await purge(tenant)) !== false) report.purged.push(tenant.slug);
    } catch (error) {
      report.failed.push({ slug: tenant.slug, error: messageOf(error) });
    }
  }
  return report;
}

/** @throws {TenantConflictError} for a slug that no tenant may have. */
export function requireUnreserved(slug: string | undefined, reserved: readonly string[]): void {
  if (slug !== undefined && reserved.includes(slug))
    throw new TenantConflictError(`The slug "${slug}" is reserved. Choose another.`);
}

/**
 * Work above tenants: under an operator's entry only the tenant that it is for can be changed.
 *
 * @throws {IsolationViolationError}
 */
function requireAboveTenants(by: Actor | undefined): void {
  requireActor(by);
  if (TenantContext.entry())
    throw new IsolationViolationError(
      "Under an operator's entry, only the tenant that it is for can be changed.",
    );
}
