import { type Tenant, TenantConflictError, TenantContext } from '@rowhouse/core';
import {
  explainConflict,
  insertTenant,
  Lazy,
  lockKeyOf,
  messageOf,
  runEach,
  type ScriptStatement,
  setTenantStatus,
  writeEvent,
} from '@rowhouse/core/internal';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { changeFor, TO_LATEST } from '../homes/change.js';
import type { History } from '../homes/history.js';
import { type Home, homeOf, migrationsOf, ROWS_HOME, SHARED_HOME } from '../homes/home.js';
import { noteStatement } from '../homes/home-ledger.js';
import { readHistory } from '../homes/open-home.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { HomeMovedOnError } from '../migrate/migration-errors.js';
import { HomeBuilder, NeedsStepsError } from './home-builder.js';
import { beginOperation, endOperation, failOperation } from './operations.js';
import type { PrewarmedHomes } from './prewarmed-homes.js';
import type { LifeControl } from './steps.js';

/** Milliseconds that the statements of a home wait for a lock on a shared table. */
const LOCK_TIMEOUT_MS = 10_000;
const ATTEMPTS = 6;

/** Makes tenants, from nothing to `active`. */
export class Provisioning {
  readonly #deployment: FleetDeployment;
  readonly #migrator: HomeMigrator;
  readonly #prewarmed: PrewarmedHomes;
  readonly #builder: HomeBuilder;
  /** Tables of tenants refer to those that all tenants read. Once is enough: their migrations are this process's own. */
  readonly #shared = new Lazy(() => this.#bringUpToDateUnlessKnown(SHARED_HOME));

  constructor(deployment: FleetDeployment, migrator: HomeMigrator, prewarmed: PrewarmedHomes) {
    this.#deployment = deployment;
    this.#migrator = migrator;
    this.#prewarmed = prewarmed;
    this.#builder = new HomeBuilder(deployment);
  }

  /** The migrations that a new tenant with a schema is to have had. */
  get history(): History {
    return migrationsOf('schema', this.#deployment.set);
  }

  /**
   * Makes a tenant: in one transaction, where isolation and migrations allow it; else it is reserved, and then
   * {@link provision}ed in steps.
   *
   * @param tenant - as it is to be in the end, `active`.
   * @param options.mayTakeId - it may have the id of a prewarmed home, which its role is named by.
   * @returns its id.
   * @throws {TenantConflictError} when its slug, its id or its schema is taken. Then nothing was made.
   */
  async create(
    tenant: Tenant,
    { mayTakeId }: { readonly mayTakeId: boolean },
    control: LifeControl,
  ): Promise<string> {
    control.signal?.throwIfAborted();
    control.onStep?.('reserve', tenant);
    const provisioning: Tenant = Object.freeze({ ...tenant, status: 'provisioning' });
    const { seed } = this.#deployment;
    const made = await this.#createAtOnce(seed ? provisioning : tenant, mayTakeId, control);
    if (made && !seed) return made.id;
    const reserved = made ?? provisioning;
    if (!made) await this.#reserve(reserved);
    await this.provision(reserved, control);
    return reserved.id;
  }

  /**
   * Takes a tenant from wherever its making is to `active`. Each step may be repeated.
   *
   * @throws {TenantConflictError} when a process is at work on it.
   * @throws what failed; the tenant is `failed` then.
   */
  async provision(tenant: Tenant, control: LifeControl): Promise<void> {
    const { catalog } = this.#deployment;
    const done = await catalog.whileLocked(lockKeyOf('tenant', tenant.id), async () => {
      try {
        await this.#inSteps(tenant, control);
      } catch (error) {
        await catalog.run([
          setTenantStatus(tenant, 'failed'),
          failOperation(tenant, messageOf(error)),
          writeEvent('failed', tenant, control.by),
        ]);
        throw error;
      }
    });
    if (!done) throw new TenantConflictError(`A process is at work on the tenant "${tenant.slug}".`);
  }

  /** Makes a home for nobody yet. @throws {NeedsStepsError} when homes must be made in steps. */
  async prewarm(): Promise<void> {
    await this.#bringSharedUpToDate();
    const home = this.#prewarmed.plan();
    await this.#build(home, [], [this.#prewarmed.madeStatement(home, this.history)]);
  }

  /** Runs what a tenant's home lacks of the app's migrations. */
  bringUpToDate(tenant: Tenant): Promise<void> {
    return tenant.isolation === 'row'
      ? this.#bringUpToDateUnlessKnown(ROWS_HOME)
      : this.#bringHomeUpToDate(homeOf(tenant));
  }

  /** @returns `undefined` when the tenant must be made in steps. */
  async #createAtOnce(tenant: Tenant, mayTakeId: boolean, control: LifeControl): Promise<Tenant | undefined> {
    if (tenant.isolation === 'database') return undefined;
    await this.#bringSharedUpToDate();
    try {
      if (tenant.isolation === 'row') {
        // Policies name roles of the deployment.
        await this.#deployment.registry.homes.prepareDeployment();
        await this.#bringUpToDateUnlessKnown(ROWS_HOME);
        await this.#deployment.catalog.run(this.#enter(tenant, control));
        return tenant;
      }
      const given = mayTakeId ? await this.#givePrewarmed(tenant, control) : undefined;
      if (given) return given;
      await this.#build(tenant, this.#enter(tenant, control), [noteStatement(tenant, this.history)], control);
      return tenant;
    } catch (error) {
      if (error instanceof NeedsStepsError) return undefined;
      throw explainConflict(error, tenant);
    }
  }

  /** Enters a tenant whose home is made in steps. */
  async #reserve(tenant: Tenant): Promise<void> {
    try {
      await this.#deployment.catalog.run([insertTenant(tenant), beginOperation(tenant, 'create', 'home')]);
    } catch (error) {
      throw explainConflict(error, tenant);
    }
  }

  async #inSteps(tenant: Tenant, { by, signal, onStep }: LifeControl): Promise<void> {
    const { registry, catalog, seed } = this.#deployment;
    const begin = (step: 'home' | 'migrations' | 'seed' | 'activate') => {
      signal?.throwIfAborted();
      onStep?.(step, tenant);
    };
    begin('home');
    await registry.homes.prepare(tenant);
    begin('migrations');
    await this.#bringSharedUpToDate();
    await this.bringUpToDate(tenant);
    if (seed) {
      begin('seed');
      await TenantContext.run(tenant, () =>
        registry.for(tenant).transaction((manager) => seed(manager, tenant)),
      );
    }
    begin('activate');
    await catalog.run([
      setTenantStatus(tenant, 'active'),
      endOperation(tenant),
      writeEvent('created', tenant, by),
    ]);
  }

  /** What is written to the catalog for a tenant that is made at once. */
  #enter(tenant: Tenant, { by }: LifeControl): readonly ScriptStatement[] {
    const next = this.#deployment.seed
      ? beginOperation(tenant, 'create', 'seed')
      : writeEvent('created', tenant, by);
    return [insertTenant(tenant), next];
  }

  #bringSharedUpToDate(): Promise<void> {
    return this.#deployment.set.shared.length === 0 ? Promise.resolve() : this.#shared.get();
  }

  async #bringUpToDateUnlessKnown(home: Home): Promise<void> {
    const { ledger, set } = this.#deployment;
    const history = await ledger.historyOf(home);
    const lacks = history ? changeFor(home, history, set, TO_LATEST).names : undefined;
    if (lacks?.length !== 0) await this.#bringHomeUpToDate(home);
  }

  async #bringHomeUpToDate(home: Home): Promise<void> {
    const { ledger, set } = this.#deployment;
    for (let attempt = 1; ; attempt += 1) {
      const history = await readHistory(this.#deployment, home);
      const change = changeFor(home, history, set, TO_LATEST);
      if (change.names.length === 0) return ledger.note(home, history);
      try {
        await this.#migrator.migrate(home, change, { lockTimeoutMs: LOCK_TIMEOUT_MS, useScripts: false });
        return;
      } catch (error) {
        if (!(error instanceof HomeMovedOnError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #givePrewarmed(tenant: Tenant, control: LifeControl): Promise<Tenant | undefined> {
    const { catalog } = this.#deployment;
    return catalog.transaction(async (client) => {
      const home = await this.#prewarmed.take(client, this.history);
      if (!home) return undefined;
      const given: Tenant = Object.freeze({ ...tenant, id: home.id });
      await runEach(client, this.#enter(given, control));
      await this.#prewarmed.give(client, home, given, this.history);
      return given;
    });
  }

  async #build(
    tenant: Tenant,
    before: readonly ScriptStatement[],
    after: readonly ScriptStatement[],
    control?: LifeControl,
  ): Promise<void> {
    await this.#deployment.ledger.learn([this.history]);
    await this.#builder.build(tenant, { before, after }, control);
  }
}
