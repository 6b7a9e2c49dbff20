import { type Tenant, TenantConflictError, TenantContext } from '@rowhouse/core';
import {
  beginOperation,
  DEFAULT_PLACEMENT,
  endOperation,
  explainConflict,
  failOperation,
  insertTenant,
  isElsewhere,
  Lazy,
  lockKeyOf,
  messageOf,
  runEach,
  type ScriptStatement,
  setTenantStatus,
  whileHeld,
  writeEvent,
} from '@rowhouse/core/internal';
import type pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { changeFor, type History, remainderFor, TO_LATEST } from '../homes/history.js';
import { type Home, homeOf, migrationsOf, sharedHomeOn } from '../homes/home.js';
import { setHistoryStatement } from '../homes/home-ledger.js';
import { isSharedName } from '../homes/migration-set.js';
import { readHistory } from '../homes/open-home.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { HistoryChangedError } from '../migrate/migration-errors.js';
import { type CloneOrigin, insertClone } from './clones.js';
import { HomeBuilder, NeedsStepsError } from './home-builder.js';
import { insertMadeSuspended } from './made-suspended.js';
import { INCOMPLETE, type PrewarmedHomes } from './prewarmed-homes.js';
import { requireRowEntities } from './row-tables.js';
import type { LifeControl } from './steps.js';

/** How many milliseconds a statement of a home waits for a lock on a shared table. */
const LOCK_TIMEOUT_MS = 10_000;
const ATTEMPTS = 6;

/** The rows of a tenant that is made from an archive. */
export interface TenantContents {
  /** The migrations that the tables had had which the rows are from, in their order. */
  readonly history: History;
  /** For a clone: what it is of. */
  readonly origin?: CloneOrigin | undefined;
  /** Whether the tenant is `suspended` at the end, and was never active. Default false. */
  readonly suspended?: boolean | undefined;
  /**
   * Fills the tables of the home, which have had the same migrations. A failure undoes the creation.
   *
   * @param signal - is aborted also when another process may undo it meanwhile.
   */
  fill(tenant: Tenant, signal: AbortSignal | undefined): Promise<void>;
  /** Called when its tables have had all migrations, before the tenant is active. A failure undoes the creation. */
  readonly migrated?: ((tenant: Tenant, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Called in the transaction of the catalog that ends the creation. A failure undoes the creation. */
  readonly complete?: ((client: pg.PoolClient, tenant: Tenant) => Promise<void>) | undefined;
}

/** Creates tenants and brings them to status `active`, or `suspended`. */
export class Provisioning {
  readonly #deployment: FleetDeployment;
  readonly #migrator: HomeMigrator;
  readonly #prewarmed: PrewarmedHomes;
  readonly #builder: HomeBuilder;
  /**
   * By placement. Tenant tables refer to the shared tables. Once per process is enough, because the migrations do not change
   * meanwhile.
   */
  readonly #shared = new Map<string, Lazy<void>>();
  readonly #rowEntities = new Lazy(() => this.#requireRowEntities());

  constructor(deployment: FleetDeployment, migrator: HomeMigrator, prewarmed: PrewarmedHomes) {
    this.#deployment = deployment;
    this.#migrator = migrator;
    this.#prewarmed = prewarmed;
    this.#builder = new HomeBuilder(deployment);
  }

  /** The migrations that a new tenant with isolation `schema` needs. */
  get history(): History {
    return migrationsOf('schema', this.#deployment.set);
  }

  /**
   * Creates a tenant in one transaction if its isolation and the migrations allow it. Otherwise it reserves the tenant and
   * then {@link provision}s it in steps.
   *
   * @param tenant - the tenant in its final state, with status `active`.
   * @param options.mayBePrewarmed - whether the tenant may take over the id of a prewarmed home, whose role is named after the id.
   * @returns the id of the tenant.
   * @throws {TenantConflictError} when the slug, the id or the schema is taken. Nothing was created.
   * @throws {OptionsInvalidError} when entities have no `tenant_id`, with isolation `row`. Nothing was created.
   */
  async create(
    tenant: Tenant,
    { mayBePrewarmed }: { readonly mayBePrewarmed: boolean },
    control: LifeControl,
  ): Promise<string> {
    control.signal?.throwIfAborted();
    control.onStep?.('reserve', tenant);
    const provisioning: Tenant = Object.freeze({ ...tenant, status: 'provisioning' });
    const { seed } = this.#deployment;
    const made = await this.#createInOneTransaction(seed ? provisioning : tenant, mayBePrewarmed, control);
    if (made && !seed) return made.id;
    const reserved = made ?? provisioning;
    if (!made) await this.#reserve(reserved);
    if ((await this.provision(reserved, control)) === 'busy')
      throw new TenantConflictError(`Another process is working on the tenant "${tenant.slug}".`);
    return reserved.id;
  }

  /**
   * Continues the creation of a tenant, whatever step it has reached, until it is `active`. Every step can be repeated.
   *
   * @returns `busy` when another process is working on it; `settled` when another one has finished or removed it meanwhile.
   * @throws the error of the step that failed; the tenant then has status `failed`.
   */
  async provision(tenant: Tenant, control: LifeControl): Promise<'done' | 'busy' | 'settled'> {
    const { catalog } = this.#deployment;
    const locked = await catalog.whileLocked(lockKeyOf('tenant', tenant.id), async (lost) => {
      if (!(await this.#isUnfinished(tenant))) return 'settled';
      try {
        await this.#provisionInSteps(tenant, whileHeld(control, lost));
        return 'done';
      } catch (error) {
        if (!lost.aborted) await this.#recordFailure(tenant, error, control);
        throw error;
      }
    });
    return locked?.result ?? 'busy';
  }

  /** Read again under the lock: another process may have been faster. */
  async #isUnfinished({ id }: Tenant): Promise<boolean> {
    const { rows } = await this.#deployment.catalog.query(
      `select from rowhouse.tenants where id = $1 and status in ('provisioning', 'failed')`,
      [id],
    );
    return rows.length > 0;
  }

  /** If it cannot be recorded, the tenant keeps its status, from which `repair` continues as well. */
  async #recordFailure(tenant: Tenant, error: unknown, { by }: LifeControl): Promise<void> {
    await this.#deployment.catalog
      .run([
        setTenantStatus(tenant, 'failed'),
        failOperation(tenant, messageOf(error)),
        writeEvent('failed', tenant, by),
      ])
      .catch(() => {});
  }

  /**
   * Creates a tenant whose rows come from elsewhere, and brings it up to date. A failure removes what was made; after a crash
   * {@link TenantRepair} does.
   *
   * @param undo - removes the tenant with its home.
   * @throws {TenantConflictError} when the slug, the id or the schema is taken. Nothing was created.
   */
  async createFrom(
    contents: TenantContents,
    tenant: Tenant,
    undo: (tenant: Tenant) => Promise<void>,
    control: LifeControl,
  ): Promise<void> {
    const { catalog } = this.#deployment;
    control.onStep?.('reserve', tenant);
    const reserved: Tenant = Object.freeze({ ...tenant, status: 'provisioning' });
    const locked = await catalog.whileLocked(lockKeyOf('tenant', tenant.id), async (lost) => {
      await this.#reserve(reserved, 'import');
      try {
        await this.#fillInSteps(contents, reserved, whileHeld(control, lost));
      } catch (error) {
        // Without the lock it is another process's to undo.
        // What it leaves where it fails, a repair removes.
        if (!lost.aborted) await undo(reserved).catch(() => {});
        throw error;
      }
    });
    if (!locked) throw new TenantConflictError(`Another process is working on the tenant "${tenant.slug}".`);
  }

  /** Builds a home in advance. @throws {NeedsStepsError} when migrations need homes to be built in steps. */
  async prewarm(): Promise<void> {
    await this.#bringSharedUpToDate();
    const home = this.#prewarmed.plan();
    if (await this.#deployment.registry.homes.hasCitus()) return this.#prewarmInSteps(home);
    await this.#build(home, [], [this.#prewarmed.insertStatement(home, this.history)]);
  }

  /** What a crash leaves is recorded as outdated, and removed by the next {@link PrewarmedHomes.removeOutdated}. */
  async #prewarmInSteps(home: Tenant): Promise<void> {
    const { catalog, ledger, registry } = this.#deployment;
    await ledger.saveHistories([INCOMPLETE, this.history]);
    await catalog.run([this.#prewarmed.insertStatement(home, INCOMPLETE)]);
    await registry.homes.prepare(home);
    await this.#bringHomeUpToDate(homeOf(home));
    await catalog.run([this.#prewarmed.completeStatement(home, this.history)]);
  }

  /** Runs the app's migrations that the tenant's home has not had. */
  bringUpToDate(tenant: Tenant): Promise<void> {
    return tenant.isolation === 'row'
      ? this.#bringUpToDateUnlessKnown(homeOf(tenant))
      : this.#bringHomeUpToDate(homeOf(tenant));
  }

  /** @returns `undefined` when the tenant must be created in steps. */
  async #createInOneTransaction(
    tenant: Tenant,
    mayBePrewarmed: boolean,
    control: LifeControl,
  ): Promise<Tenant | undefined> {
    // A placement without an address is an error before anything is made.
    if (isElsewhere(tenant)) await this.#deployment.registry.homes.ownerConfigOf(tenant);
    if (tenant.isolation === 'database') return undefined;
    await this.#bringSharedUpToDate();
    if (isElsewhere(tenant)) {
      await this.#deployment.registry.homes.prepareDeployment();
      if (tenant.isolation === 'row') await this.#rowEntities.get();
      return undefined;
    }
    try {
      if (tenant.isolation === 'row') {
        // Policies refer to the roles of the deployment, so these must exist before the migrations run.
        await this.#deployment.registry.homes.prepareDeployment();
        await this.#rowEntities.get();
        await this.#bringUpToDateUnlessKnown(homeOf(tenant));
        await this.#deployment.catalog.run(this.#insertStatements(tenant, control));
        return tenant;
      }
      const assigned = mayBePrewarmed ? await this.#assignPrewarmed(tenant, control) : undefined;
      if (assigned) return assigned;
      if (await this.#deployment.registry.homes.hasCitus()) return undefined;
      await this.#build(
        tenant,
        this.#insertStatements(tenant, control),
        [setHistoryStatement(tenant, this.history)],
        control,
      );
      return tenant;
    } catch (error) {
      if (error instanceof NeedsStepsError) return undefined;
      throw explainConflict(error, tenant);
    }
  }

  /** Inserts a tenant whose home will be built in steps. */
  async #reserve(tenant: Tenant, kind: 'create' | 'import' = 'create'): Promise<void> {
    try {
      await this.#deployment.catalog.run([insertTenant(tenant), beginOperation(tenant, kind, 'home')]);
    } catch (error) {
      throw explainConflict(error, tenant);
    }
  }

  async #provisionInSteps(tenant: Tenant, { by, signal, onStep }: LifeControl): Promise<void> {
    const { registry, seed } = this.#deployment;
    const begin = (step: 'home' | 'migrations' | 'seed' | 'activate') => {
      signal?.throwIfAborted();
      onStep?.(step, tenant);
    };
    begin('home');
    await registry.homes.prepare(tenant);
    begin('migrations');
    await this.#bringSharedUpToDate(tenant);
    await this.bringUpToDate(tenant);
    if (seed) {
      begin('seed');
      await TenantContext.run(tenant, () =>
        registry.for(tenant).transaction((manager) => seed(manager, tenant)),
      );
    }
    begin('activate');
    await this.#activate(tenant, by);
  }

  async #fillInSteps(
    { history, origin, suspended, fill, migrated, complete }: TenantContents,
    tenant: Tenant,
    { by, signal, onStep }: LifeControl,
  ): Promise<void> {
    const { registry } = this.#deployment;
    const begin = (step: 'home' | 'migrations' | 'rows' | 'activate') => {
      signal?.throwIfAborted();
      onStep?.(step, tenant);
    };
    begin('home');
    await registry.homes.prepare(tenant);
    begin('migrations');
    await this.#bringSharedUpToDate(tenant);
    if (tenant.isolation === 'row') {
      await this.#rowEntities.get();
      await this.bringUpToDate(tenant);
    } else await this.#bringHomeUpToDate(homeOf(tenant), new Set(history));
    begin('rows');
    await fill(tenant, signal);
    signal?.throwIfAborted();
    await this.bringUpToDate(tenant);
    await migrated?.(tenant, signal);
    begin('activate');
    await this.#activate(tenant, by, { origin, suspended, complete });
  }

  #activate(
    tenant: Tenant,
    by: LifeControl['by'],
    { origin, suspended = false, complete }: Pick<TenantContents, 'origin' | 'suspended' | 'complete'> = {},
  ): Promise<void> {
    const statements = [
      setTenantStatus(tenant, suspended ? 'suspended' : 'active'),
      endOperation(tenant),
      ...(origin ? [insertClone(tenant, origin)] : []),
      ...(suspended ? [insertMadeSuspended(tenant)] : []),
      writeEvent('created', tenant, by, { detail: origin?.detail }),
    ];
    return this.#deployment.catalog.transaction(async (client) => {
      await runEach(client, statements);
      await complete?.(client, tenant);
    });
  }

  /** The catalog statements for a tenant that is created in one transaction. */
  #insertStatements(tenant: Tenant, { by }: LifeControl): readonly ScriptStatement[] {
    const next = this.#deployment.seed
      ? beginOperation(tenant, 'create', 'seed')
      : writeEvent('created', tenant, by);
    return [insertTenant(tenant), next];
  }

  #requireRowEntities(): Promise<void> {
    const { registry, set, homeSchema } = this.#deployment;
    return requireRowEntities({ registry, migrations: set.tenant, homeSchema });
  }

  /** @param tenant - whose home reads them. A database of its own has its own copy. Default: those of the main database. */
  async #bringSharedUpToDate(tenant?: Tenant): Promise<void> {
    if (this.#deployment.set.shared.length === 0) return;
    const placement = tenant && tenant.isolation !== 'database' ? tenant.placement : DEFAULT_PLACEMENT;
    let shared = this.#shared.get(placement);
    if (!shared) {
      shared = new Lazy(async () => {
        await this.#bringUpToDateUnlessKnown(sharedHomeOn(placement));
        // They may be older than Citus is here, or a process died before it had placed them.
        await this.#deployment.registry.homes.placeSharedTables(placement);
      });
      this.#shared.set(placement, shared);
    }
    await shared.get();
  }

  async #bringUpToDateUnlessKnown(home: Home): Promise<void> {
    const { ledger, set } = this.#deployment;
    const history = await ledger.historyOf(home);
    const lacks = history ? changeFor(home, history, set, TO_LATEST).names : undefined;
    if (lacks?.length !== 0) await this.#bringHomeUpToDate(home);
  }

  /** @param only - leaves other migrations of tenants' tables out. */
  async #bringHomeUpToDate(home: Home, only?: ReadonlySet<string>): Promise<void> {
    const { ledger, set } = this.#deployment;
    const wanted = migrationsOf(home.kind, set).filter(
      (name) => !only || only.has(name) || isSharedName(name),
    );
    for (let attempt = 1; ; attempt += 1) {
      const history = await readHistory(this.#deployment, home);
      const change = remainderFor(history, { direction: 'up', names: wanted });
      if (change.names.length === 0) return ledger.setHistory(home, history);
      try {
        await this.#migrator.migrate(home, change, { lockTimeoutMs: LOCK_TIMEOUT_MS, useScripts: false });
        return;
      } catch (error) {
        if (!(error instanceof HistoryChangedError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #assignPrewarmed(tenant: Tenant, control: LifeControl): Promise<Tenant | undefined> {
    const { catalog } = this.#deployment;
    return catalog.transaction(async (client) => {
      const home = await this.#prewarmed.take(client, this.history);
      if (!home) return undefined;
      const assigned: Tenant = Object.freeze({ ...tenant, id: home.id });
      await runEach(client, this.#insertStatements(assigned, control));
      await this.#prewarmed.assign(client, home, assigned, this.history);
      return assigned;
    });
  }

  async #build(
    tenant: Tenant,
    before: readonly ScriptStatement[],
    after: readonly ScriptStatement[],
    control?: LifeControl,
  ): Promise<void> {
    await this.#deployment.ledger.saveHistories([this.history]);
    await this.#builder.build(tenant, { before, after }, control);
  }
}
