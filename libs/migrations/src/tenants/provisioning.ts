import { type ScriptStatement, type Tenant, TenantContext } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import { inTransaction, runEach } from '../catalog-transaction.js';
import type { History } from '../homes/history.js';
import { type Home, homeOf, migrationsOf, ROWS_HOME, SHARED_HOME } from '../homes/home.js';
import { type HomeLedger, noteStatement } from '../homes/home-ledger.js';
import type { MigrationSet } from '../homes/migration-set.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { HomeMovedOnError } from '../migrate/migration-errors.js';
import { changeFor, type Goal } from '../runs/planner.js';
import { type HomeBuilder, NeedsStepsError } from './home-builder.js';
import type { PrewarmedHomes } from './prewarmed-homes.js';
import {
  beginStatement,
  endStatement,
  eventStatement,
  explainConflict,
  insertStatement,
  setStatus,
} from './tenant-records.js';

/** Fills a new tenant's tables. Run as the tenant, in one transaction; again, if the process dies before it is noted. */
export type Seed = (manager: EntityManager, tenant: Tenant) => Promise<void>;

/** What is being done to a tenant. */
export type Step = 'reserve' | 'home' | 'migrations' | 'seed' | 'activate' | 'export' | 'purge';
export type OnStep = (step: Step, tenant: Tenant) => void;

export interface ProvisioningParts {
  readonly registry: DataSourceRegistry;
  readonly catalog: pg.Pool;
  readonly ledger: HomeLedger;
  readonly migrator: HomeMigrator;
  readonly founding: HomeBuilder;
  readonly set: MigrationSet;
  readonly spares: PrewarmedHomes;
  readonly seed: Seed | undefined;
}

/** Milliseconds that the statements of a new home wait for a lock on a shared table. */
const LOCK_TIMEOUT_MS = 10_000;
const ATTEMPTS = 6;

const UP: Goal = { direction: 'up', steps: 0 };

/** Makes the homes of tenants, from nothing to ready. */
export class Provisioning {
  readonly #parts: ProvisioningParts;
  #shared: Promise<void> | undefined;

  constructor(parts: ProvisioningParts) {
    this.#parts = parts;
  }

  /** What a new tenant with a schema shall have had. */
  get history(): History {
    return migrationsOf('schema', this.#parts.set);
  }

  /** Whether new tenants are filled after they were made. */
  get hasSeed(): boolean {
    return this.#parts.seed !== undefined;
  }

  /**
   * Makes a tenant in one transaction: its entry, its home and its tables; or gives it a spare home.
   *
   * With a seed it is left in status `provisioning`, for {@link provisionInSteps}.
   *
   * @param mayHaveOtherId - it takes the id of a spare home, which its role is named by.
   * @returns the tenant as it was entered; `undefined` when it must be made in steps.
   * @throws {TenantConflictError} when its slug, its id or its schema is taken. Then nothing was made.
   */
  async makeAtOnce(
    tenant: Tenant,
    { mayHaveOtherId }: { mayHaveOtherId: boolean },
  ): Promise<Tenant | undefined> {
    if (tenant.isolation === 'database') return undefined;
    await this.#bringSharedUpToDate();
    try {
      if (tenant.isolation === 'row') {
        // Policies name roles of the deployment.
        await this.#parts.registry.homes.prepareDeployment();
        await this.#bringRowsUpToDate();
        await inTransaction(this.#parts.catalog, (client) => runEach(client, this.#enter(tenant)));
        return tenant;
      }
      const given = mayHaveOtherId ? await this.#giveSpare(tenant) : undefined;
      if (given) return given;
      await this.#found(tenant, this.#enter(tenant), [noteStatement(tenant, this.history)]);
      return tenant;
    } catch (error) {
      if (error instanceof NeedsStepsError) return undefined;
      throw explainConflict(error, tenant);
    }
  }

  /** Makes a home for nobody yet. @throws {NeedsStepsError} when homes must be made in steps. */
  async makePrewarmed(): Promise<void> {
    await this.#bringSharedUpToDate();
    const spare = this.#parts.spares.plan();
    await this.#found(spare, [], [this.#parts.spares.madeStatement(spare, this.history)]);
  }

  /** Enters a tenant whose home is made in steps, which {@link provisionInSteps} takes. */
  async reserve(tenant: Tenant): Promise<void> {
    try {
      await inTransaction(this.#parts.catalog, (client) =>
        runEach(client, [insertStatement(tenant), beginStatement(tenant, 'create', 'home')]),
      );
    } catch (error) {
      throw explainConflict(error, tenant);
    }
  }

  /** Takes a tenant from wherever it is to `active`. Each step may be repeated. */
  async provisionInSteps(tenant: Tenant, onStep: OnStep): Promise<void> {
    const { registry, catalog, seed } = this.#parts;
    onStep('home', tenant);
    await registry.homes.prepare(tenant);
    onStep('migrations', tenant);
    await this.#bringSharedUpToDate();
    await this.bringUpToDate(tenant);
    if (seed) {
      onStep('seed', tenant);
      await TenantContext.run(tenant, () =>
        registry.for(tenant).transaction((manager) => seed(manager, tenant)),
      );
    }
    onStep('activate', tenant);
    await inTransaction(catalog, async (client) => {
      await setStatus(client, tenant, 'active');
      await runEach(client, [endStatement(tenant), eventStatement('created', tenant)]);
    });
  }

  /** Gives tenants the shared tables that a process has made, and died before it could. */
  repairShared(): Promise<void> {
    return this.#parts.registry.homes.repairShared();
  }

  /** Runs what a tenant's home lacks of the app's migrations. */
  bringUpToDate(tenant: Tenant): Promise<void> {
    return tenant.isolation === 'row' ? this.#bringRowsUpToDate() : this.#bringHomeUpToDate(homeOf(tenant));
  }

  /** What stands in the catalog for a tenant that is made at once. */
  #enter(tenant: Tenant): readonly ScriptStatement[] {
    const next = this.#parts.seed
      ? beginStatement(tenant, 'create', 'seed')
      : eventStatement('created', tenant);
    return [insertStatement(tenant), next];
  }

  #bringRowsUpToDate(): Promise<void> {
    return this.#bringUpToDateUnlessKnown(ROWS_HOME);
  }

  /** Tables of tenants refer to those that all tenants read. Once is enough: their migrations are this process's own. */
  #bringSharedUpToDate(): Promise<void> {
    if (this.#parts.set.shared.length === 0) return Promise.resolve();
    this.#shared ??= this.#bringUpToDateUnlessKnown(SHARED_HOME).catch((error: unknown) => {
      this.#shared = undefined;
      throw error;
    });
    return this.#shared;
  }

  async #bringUpToDateUnlessKnown(home: Home): Promise<void> {
    const history = await this.#parts.ledger.historyOf(home);
    const lacks = history ? changeFor(home, history, this.#parts.set, UP).names : undefined;
    if (lacks?.length !== 0) await this.#bringHomeUpToDate(home);
  }

  async #bringHomeUpToDate(home: Home): Promise<void> {
    const { migrator, ledger, set } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const history = await migrator.historyOf(home);
      const change = changeFor(home, history, set, UP);
      if (change.names.length === 0) return ledger.note(home, history);
      try {
        await migrator.migrate(home, change, { lockTimeoutMs: LOCK_TIMEOUT_MS, useScripts: false });
        return;
      } catch (error) {
        if (!(error instanceof HomeMovedOnError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #giveSpare(tenant: Tenant): Promise<Tenant | undefined> {
    const { catalog, spares } = this.#parts;
    return inTransaction(catalog, async (client) => {
      const spare = await spares.take(client, this.history);
      if (!spare) return undefined;
      const given: Tenant = Object.freeze({ ...tenant, id: spare.id });
      await runEach(client, this.#enter(given));
      await spares.give(client, spare, given, this.history);
      return given;
    });
  }

  async #found(
    tenant: Tenant,
    before: readonly ScriptStatement[],
    after: readonly ScriptStatement[],
  ): Promise<void> {
    await this.#parts.ledger.learn([this.history]);
    await this.#parts.founding.found(tenant, { before, after });
  }
}
