import { median } from '../harness/statistics.mjs';

/** How many tenants are used in turn. It is the same for each number of roles, so that only the roles differ. */
const TENANTS = 20;
const WARM_UP_TURNS = 100;
const STATEMENT = 'select 1';

/** One connection of a tenant pool with the default pins. The guard is off, because it does not depend on roles. */
export class PinnedConnection {
  #pool;
  #views;
  #turn = 0;
  role;

  /** @param {readonly import('@rowhouse/core').Tenant[]} tenants of the deployment; some, evenly spaced, are used */
  static async open({ role, url }, roles, tenants) {
    const { TenantPool } = await import('@rowhouse/core');
    const pool = new TenantPool({
      connectionString: url,
      max: 1,
      idleTimeoutMillis: 0,
      roles,
      guard: { mode: 'off' },
    });
    const used = Array.from(
      { length: Math.min(TENANTS, tenants.length) },
      (_, index) => tenants[Math.floor((index * tenants.length) / Math.min(TENANTS, tenants.length))],
    );
    const connection = new PinnedConnection(pool, used, role);
    await connection.pinUs(WARM_UP_TURNS * used.length);
    return connection;
  }

  constructor(pool, tenants, role) {
    this.#pool = pool;
    this.#views = tenants.map((tenant) => pool.for(tenant));
    this.role = role;
  }

  /** The median time of a pinned statement, each for another tenant than the one before. */
  async pinUs(statements) {
    const times = [];
    for (let count = 0; count < statements; count += 1) times.push(await this.nextUs());
    return median(times);
  }

  /** The time of the next statement, for the next tenant. */
  async nextUs() {
    const view = this.#views[this.#turn++ % this.#views.length];
    const startedAt = performance.now();
    await view.query(STATEMENT);
    return (performance.now() - startedAt) * 1_000;
  }

  end() {
    return this.#pool.end();
  }
}
