import type pg from 'pg';
import { DatabaseUnreachableError } from '../errors.js';
import { deploymentNameOf } from '../homes/deployment-mark.js';
import { DEFAULT_PLACEMENT } from '../homes/placements.js';
import { type ServerFacts, serverFacts } from '../homes/server-facts.js';
import { TenantHomes } from '../homes/tenant-homes.js';
import type { TenantPoolConfig } from '../pool/tenant-pool.js';
import { parsePoolOptions, type TenancyPoolSettings } from '../pool-options.js';
import { Lazy } from '../support/lazy.js';
import { clientConfig, type PostgresAddress, withFields } from '../support/postgres-address.js';
import type { Tenant } from '../tenant.js';
import { PostgresTenantStore } from '../tenants/postgres-tenant-store.js';
import type { TenantStore } from '../tenants/tenant-store.js';
import { ExaminedDatabase } from './examined-database.js';
import { type ExaminedPlacements, reachPlacements } from './examined-placement.js';
import { openPool } from './open-pool.js';
import { explain, type Finding, warn } from './report.js';
import { SyntheticTenants } from './synthetic-tenants.js';

export interface ExamineOptions {
  /**
   * How the application connects, pooler included: the options of its `TenantPool`. One connection at a time is opened
   * with them.
   */
  readonly app: TenantPoolConfig;
  /** The login that owns the tenants' schemas, without a pooler in between, as in `TenantHomesOptions`. */
  readonly owner: PostgresAddress;
  /** How the application connects to the replicas that it reads from. Default none. */
  readonly replicas?: readonly PostgresAddress[];
  /** Where tenants are looked up. Default: the catalog in schema `rowhouse` of the owner's database, if there is one. */
  readonly store?: Pick<TenantStore, 'list'>;
  /**
   * Reads the names of the tables that migrations of tenants make without `tenant_id`; called where tenants have isolation `row`.
   * Without it, such tables are known by a reference to rows of tenants, and by tenants with a table of that name.
   */
  readonly tablesWithoutTenant?: () => Promise<readonly string[]>;
  /** Leaves out checks whose cost grows with the number of tenants; for the start of an application. Default `false`. */
  readonly quick?: boolean;
}

/** One thing that is examined. */
export type Check = DeploymentCheck | DatabaseCheck;

interface CheckKind {
  /** As in the report; documented in `docs/doctor.md`. */
  readonly id: string;
  /** Left out of a quick examination, because its cost grows with the number of tenants. */
  readonly thorough?: boolean;
  /** Only for deployments with roles: with `own`, only where no other deployment has them. */
  readonly needsRoles?: 'named' | 'own';
  /** Only for deployments that read from replicas. */
  readonly needsReplicas?: boolean;
  /** Only where the database is one of Citus. */
  readonly needsCitus?: boolean;
  /** Only where the options name placements. */
  readonly needsPlacements?: boolean;
}

/** What is examined once. An error that it throws is reported as a failure of this check. */
export interface DeploymentCheck extends CheckKind {
  run(examination: Examination): Promise<Finding>;
}

/** What is examined in the main database, and in that of each placement. */
export interface DatabaseCheck extends CheckKind {
  runIn(database: ExaminedDatabase): Promise<Finding>;
}

/** What a check reports that compares with the tenants, where there is no list of them. */
export const NO_STORE: Finding = warn(
  'There is no list of tenants to compare with: no store was given, and the database has no catalog (schema "rowhouse").',
  'Point --direct-url at the database with the catalog, or call examine() with your store.',
);

/** What is known of the two connections before the checks run. */
interface Connections {
  readonly app: pg.Pool;
  readonly owner: pg.Pool;
  readonly login: string;
  readonly server: ServerFacts;
  readonly deployment: string;
}

/** What checks look at: both logins of a deployment, its settings, its tenants. Of databases it is the main one. */
export class Examination extends ExaminedDatabase {
  /** The application's login and path, without pins. One connection. */
  readonly app: pg.Pool;
  /** How the owner connects. */
  readonly ownerConfig: pg.ClientConfig;
  /** How the application connects to its replicas. */
  readonly replicas: readonly pg.ClientConfig[];
  readonly homes: TenantHomes;
  readonly synthetic: SyntheticTenants;
  readonly #store: ExamineOptions['store'];
  #tenants: Promise<readonly Tenant[] | undefined> | undefined;
  readonly #placements = new Lazy(() => reachPlacements(this));

  private constructor(options: ExamineOptions, settings: TenancyPoolSettings, connections: Connections) {
    const { app, owner, login } = connections;
    const { tablesWithoutTenant = async () => [] } = options;
    super({ ...connections, placement: DEFAULT_PLACEMENT, settings, tablesWithoutTenant });
    this.app = app;
    this.ownerConfig = clientConfig(options.owner);
    this.replicas = (options.replicas ?? []).map(clientConfig);
    this.homes = new TenantHomes({ owner: options.owner, logins: [], pool: settings });
    this.synthetic = new SyntheticTenants({
      appConfig: options.app,
      owner,
      login,
      settings,
      roles: this.roles,
      homes: this.homes,
    });
    this.#store = options.store;
  }

  /**
   * @throws {DatabaseUnreachableError} when one of the logins cannot connect.
   * @throws {OptionsInvalidError} naming the path of each wrong option.
   */
  static async begin(options: ExamineOptions): Promise<Examination> {
    const settings = parsePoolOptions(options.app);
    const app = openPool(withFields(options.app, { max: 1 }));
    const owner = openPool(withFields(clientConfig(options.owner), { max: 2 }));
    try {
      const login = await loginOf(app).catch(unreachable('app'));
      const server = await serverFacts(owner).catch(unreachable('owner'));
      const deployment = await deploymentNameOf(owner);
      return new Examination(options, settings, { app, owner, login, server, deployment });
    } catch (error) {
      await Promise.all([app.end(), owner.end()]);
      throw error;
    }
  }

  /** The databases of the placements that the options name, and why others cannot be examined. Connected to once. */
  placements(): Promise<ExaminedPlacements> {
    return this.#placements.get();
  }

  /** All tenants of the store; `undefined` when there is none. Read once. */
  tenants(): Promise<readonly Tenant[] | undefined> {
    this.#tenants ??= this.#readTenants();
    return this.#tenants;
  }

  /** Removes the synthetic tenants, and closes every connection. */
  async end(): Promise<void> {
    // The last check removes them first, and has reported the failure when there is one.
    await this.synthetic.remove().catch(() => {});
    const placements = await this.#placements.take();
    const owners = [this, ...(placements?.reached ?? [])].map(({ owner }) => owner.end());
    await Promise.all([this.app.end(), ...owners, this.homes.close()]);
  }

  async #readTenants(): Promise<readonly Tenant[] | undefined> {
    const store = this.#store ?? (await this.#catalog());
    if (!store) return undefined;
    const tenants: Tenant[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ cursor, limit: 1_000 });
      tenants.push(...page.tenants);
      cursor = page.next;
    } while (cursor !== undefined);
    return tenants;
  }

  async #catalog(): Promise<TenantStore | undefined> {
    const { rows } = await this.owner.query<{ found: boolean }>(
      `select pg_catalog.to_regclass('rowhouse.tenants') is not null as found`,
    );
    return rows[0]?.found ? new PostgresTenantStore({ pool: this.owner }) : undefined;
  }
}

async function loginOf(app: pg.Pool): Promise<string> {
  const { rows } = await app.query<{ name: string }>('select session_user::text as name');
  return rows[0]?.name ?? '';
}

function unreachable(login: 'app' | 'owner'): (error: unknown) => never {
  return (error) => {
    throw new DatabaseUnreachableError(login, explain(error), error);
  };
}
