import { processCpuUs } from './main-thread.mjs';
import { SHAPES, shortText } from './texts.mjs';

const SEEN = 'select id, name from products where id = $1';
const LONG_BYTES = 64 * 1_024;
const LONG_TEXTS = 5;

/** One connection of a tenant pool with the default pins and the guard. */
export class ThroughPool {
  #pool;
  #view;

  /**
   * @param {string} core what to import: the package, or that of another version
   * @param {{ url: string }} login
   */
  static async open(core, login, roles, tenant) {
    const { TenantPool } = await import(core);
    const pool = new TenantPool({ connectionString: login.url, max: 1, idleTimeoutMillis: 0, roles });
    const opened = new ThroughPool(pool, pool.for(tenant));
    await opened.measure({ statements: 200 });
    return opened;
  }

  constructor(pool, view) {
    this.#pool = pool;
    this.#view = view;
  }

  /** Microseconds of this process's CPU for a statement; of the server's nothing. */
  async measure({ statements }) {
    return {
      seenUs: await this.#costOf(Array(statements).fill(SEEN), [1]),
      newUs: await this.#costOf(Array.from({ length: statements }, shortText), [1]),
      longUs: await this.#costOf(
        Array.from({ length: LONG_TEXTS }, () => SHAPES['IN list'](LONG_BYTES)),
        undefined,
      ),
    };
  }

  async #costOf(texts, values) {
    const before = processCpuUs();
    for (const text of texts) await this.#view.query(text, values);
    return (processCpuUs() - before) / texts.length;
  }

  end() {
    return this.#pool.end();
  }
}
