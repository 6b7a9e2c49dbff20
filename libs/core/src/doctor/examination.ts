import pg from 'pg';
import { DatabaseUnreachableError } from '../errors.js';
import { serverVersion } from '../homes/role-statements.js';
import { TenantHomes } from '../homes/tenant-homes.js';
import type { TenantPoolConfig } from '../pool/tenant-pool.js';
import { parsePoolOptions, type TenancyPoolSettings } from '../pool-options.js';
import { type DeploymentRoles, rolesOf, type Tenant } from '../tenant.js';
import { PostgresTenantStore } from '../tenants/postgres-tenant-store.js';
import type { TenantStore } from '../tenants/tenant-store.js';
import { explain } from './report.js';
import { SyntheticTenants } from './synthetic-tenants.js';

export interface ExamineOptions {
  /**
   * How the application connects, pooler included: what its `TenantPool` is made of. One connection at a time is opened
   * with it.
   */
  readonly app: TenantPoolConfig;
  /** The login that owns the tenants' schemas, past any pooler, as in `TenantHomesOptions`. */
  readonly owner: { readonly url: string; readonly ssl?: pg.ClientConfig['ssl'] };
  /** Where tenants are looked up. Default: the catalog in schema `rowhouse` of the owner's database, if there is one. */
  readonly store?: Pick<TenantStore, 'list'>;
  /** Leaves out what grows with the number of tenants: for the start of an application. Default `false`. */
  readonly quick?: boolean;
}

interface Login {
  readonly name: string;
  readonly version: number;
}

/** What checks look at: both logins of a deployment, its settings, its tenants. */
export class Examination {
  /** The application's login and path, without pins. One connection. */
  readonly app: pg.Pool;
  readonly appConfig: TenantPoolConfig;
  readonly owner: pg.Pool;
  readonly settings: TenancyPoolSettings;
  /** `undefined` where roles are off. */
  readonly roles: DeploymentRoles | undefined;
  readonly homes: TenantHomes;
  readonly synthetic: SyntheticTenants;
  readonly #store: ExamineOptions['store'];
  #login: Login = { name: '', version: 0 };
  #tenants: Promise<readonly Tenant[] | undefined> | undefined;

  private constructor({ app, owner, store }: ExamineOptions) {
    this.settings = parsePoolOptions(app);
    this.roles = this.settings.roles === false ? undefined : rolesOf(this.settings.roles);
    this.appConfig = app;
    this.app = openPool({ ...app, max: 1 });
    this.owner = openPool({ connectionString: owner.url, ssl: owner.ssl, max: 2 });
    this.homes = new TenantHomes({ owner, logins: [], pool: this.settings });
    this.synthetic = new SyntheticTenants(this);
    this.#store = store;
  }

  /**
   * @throws {DatabaseUnreachableError} when one of the logins cannot connect.
   * @throws {OptionsInvalidError} naming the path of each wrong option.
   */
  static async begin(options: ExamineOptions): Promise<Examination> {
    const examination = new Examination(options);
    try {
      await examination.#connect();
      return examination;
    } catch (error) {
      await examination.end();
      throw error;
    }
  }

  /** Whom the server takes the application for; a pooler may log in as somebody else. */
  get login(): string {
    return this.#login.name;
  }

  /** As in `server_version_num`: 150004 is 15.4. */
  get version(): number {
    return this.#login.version;
  }

  /** The schemas with the tables that tenants share. */
  get sharedSchemas(): readonly string[] {
    return [...new Set([this.settings.homeSchema, ...this.settings.sharedSchemas])];
  }

  /** All tenants of the store; `undefined` when there is none. Read once. */
  tenants(): Promise<readonly Tenant[] | undefined> {
    this.#tenants ??= this.#readTenants();
    return this.#tenants;
  }

  /** Removes what was made for it, and closes every connection. */
  async end(): Promise<void> {
    // The check that ran last has told of it when this fails.
    await this.synthetic.remove().catch(() => {});
    await Promise.all([this.app.end(), this.owner.end(), this.homes.close()]);
  }

  async #connect(): Promise<void> {
    const unreachable = (login: 'app' | 'owner') => (error: unknown) => {
      throw new DatabaseUnreachableError(login, explain(error), error);
    };
    const { rows } = await this.app
      .query<{ name: string }>('select session_user::text as name')
      .catch(unreachable('app'));
    const version = await serverVersion(this.owner).catch(unreachable('owner'));
    this.#login = { name: rows[0]?.name ?? '', version };
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

/** How long a login may take to connect, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'rowhouse-doctor',
    ...config,
  });
  // An idle connection that breaks is replaced when the next one is needed.
  pool.on('error', () => {});
  return pool;
}
