import { randomBytes } from 'node:crypto';
import { schemaOf, slugOf } from './tenants.mjs';

/** How many homes one transaction creates: enough to be fast, few enough for the default lock table. */
const BATCH = 250;

/** From version 16 a membership itself says whether it is inherited (manual, GRANT). */
const MEMBERSHIP_OPTIONS_SINCE = 160_000;

/**
 * Does the work of `TenantHomes.prepare` for the tenants `from` to `to` in one statement, because ten thousand calls take
 * minutes. {@link Deployment.growTo} fails if the two have different results.
 */
function prepareSql(prefix, from, to, hasMembershipOptions) {
  const options = (text) => (hasMembershipOptions ? ` with ${text}` : '');
  return `do $do$
declare tenant record; role text; home text;
begin
  for tenant in select id, slug from rowhouse.tenants where slug between '${slugOf(from)}' and '${slugOf(to)}' loop
    role := '${prefix}_' || replace(tenant.id::text, '-', '');
    home := 'tenant_' || tenant.slug;
    execute format('create role %I nologin inherit', role);
    execute format('grant ${prefix}_shared to %I${options('inherit true, set false')}', role);
    execute format('grant %I to ${prefix}_app${options('inherit false, set true')}', role);
    execute format('grant usage on schema %I to %I', home, role);
    execute format('grant select, insert, update, delete, truncate on all tables in schema %I to %I', home, role);
    execute format('grant usage, select, update on all sequences in schema %I to %I', home, role);
    execute format('alter default privileges in schema %I grant select, insert, update, delete, truncate on tables to %I', home, role);
    execute format('alter default privileges in schema %I grant usage, select, update on sequences to %I', home, role);
    execute format('alter default privileges in schema %I grant execute on routines to %I', home, role);
  end loop;
end $do$`;
}

/** All memberships of a role and all privileges in its home, as text. */
const WALL = `
  select nspacl::text from pg_namespace where nspname = $1
  union all select relname || relacl::text from pg_class where relnamespace = $1::regnamespace and relacl is not null
  union all select defaclobjtype::text || defaclacl::text from pg_default_acl where defaclnamespace = $1::regnamespace
  union all select to_jsonb(r)::text from pg_roles r where rolname = $2
  union all select (to_jsonb(m) - 'oid')::text from pg_auth_members m where $2::regrole in (m.roleid, m.member)
  order by 1`;

/** The tenants' roles of one Rowhouse deployment, under a prefix that nobody else on the server has. */
export class Deployment {
  #database;
  #pool;
  #hasMembershipOptions;
  #size = 0;
  /** `pool.roles` of the apps. */
  roles;

  /**
   * @param {Awaited<ReturnType<typeof import('./database.mjs').openDatabase>>} database with the fleet's shared tables
   * @param {{ homeSchema?: string }} [pool] options of the apps' pool
   */
  static async open(database, pool = {}) {
    const { rows } = await database.admin.query(
      "select current_setting('server_version_num')::int as version",
    );
    const deployment = new Deployment(database, rows[0].version >= MEMBERSHIP_OPTIONS_SINCE, pool);
    await deployment.#withHomes([], (homes) => homes.prepareDeployment());
    return deployment;
  }

  constructor(database, hasMembershipOptions, pool) {
    this.#database = database;
    this.#pool = pool;
    this.#hasMembershipOptions = hasMembershipOptions;
    this.roles = `bench_${randomBytes(4).toString('hex')}`;
    database.dropsRolesOf(this.roles);
  }

  /** Creates a login that may act as each tenant, and has no privileges of its own. */
  async createLogin(name) {
    const login = await this.#database.createLogin(name);
    await this.#withHomes([login.role], (homes) => homes.prepareDeployment());
    await this.#database.admin.query(`grant usage on schema rowhouse to ${login.role};
      grant select on all tables in schema rowhouse to ${login.role}`);
    return login;
  }

  /** The owner's login of an app with Rowhouse, for the catalog and for preparing homes. */
  createOwner(name) {
    return this.#database.createLogin(`${name}-owner`, { superuser: true });
  }

  /** Prepares the homes of tenants until those of the first `size` are. Their schemas must be there. */
  async growTo(size) {
    for (let from = this.#size + 1; from <= size; from += BATCH) {
      const to = Math.min(size, from + BATCH - 1);
      await this.#database.admin.query(prepareSql(this.roles, from, to, this.#hasMembershipOptions));
    }
    if (size <= this.#size) return;
    this.#size = size;
    await this.#expectPrepared(size);
  }

  /**
   * Prepares the homes of the next tenants as an application does, one by one.
   *
   * @param {readonly import('@rowhouse/core').Tenant[]} tenants
   * @returns {Promise<number[]>} milliseconds for each
   */
  async prepareEach(tenants) {
    this.#size += tenants.length;
    return this.#withHomes([], async (homes) => {
      await homes.prepareDeployment();
      const times = [];
      for (const tenant of tenants) {
        const startedAt = performance.now();
        await homes.prepare(tenant);
        times.push(performance.now() - startedAt);
      }
      return times;
    });
  }

  /** @throws {Error} when `TenantHomes.prepare` changes something in the home of this tenant. */
  async #expectPrepared(number) {
    const { PostgresTenantStore } = await import('@rowhouse/core');
    const { admin } = this.#database;
    const tenant = await new PostgresTenantStore({ pool: admin }).findBySlug(slugOf(number));
    const role = `${this.roles}_${tenant.id.replaceAll('-', '')}`;
    const wall = async () => JSON.stringify((await admin.query(WALL, [schemaOf(number), role])).rows);
    const before = await wall();
    await this.#withHomes([], (homes) => homes.prepare(tenant));
    if ((await wall()) !== before)
      throw new Error(
        'TenantHomes prepares more than bench/harness/deployment.mjs does in batches: mend it.',
      );
  }

  async #withHomes(logins, work) {
    const { TenantHomes } = await import('@rowhouse/core');
    const homes = new TenantHomes({
      owner: { url: this.#database.url },
      logins,
      pool: { ...this.#pool, roles: this.roles },
    });
    try {
      return await work(homes);
    } finally {
      await homes.close();
    }
  }
}
