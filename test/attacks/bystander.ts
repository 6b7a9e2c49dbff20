import { TenantContext, type TenantPool } from '@rowhouse/core';
import type pg from 'pg';
import type { Side } from './attack.js';

/** Another connection of the victim that holds a lock, and whose last statement is known. */
export class Bystander {
  readonly #pool: TenantPool;
  readonly #side: Side;
  #client: pg.PoolClient | undefined;

  constructor(pool: TenantPool, side: Side) {
    this.#pool = pool;
    this.#side = side;
  }

  /** Its server process; reconnects if the process was terminated. */
  async pid(): Promise<number> {
    const client = (await this.#works(this.#client)) ?? (await this.#begin());
    return (client as unknown as { processID: number }).processID;
  }

  leave(): void {
    this.#client?.release(true);
    this.#client = undefined;
  }

  async #works(client: pg.PoolClient | undefined): Promise<pg.PoolClient | undefined> {
    try {
      await client?.query(`select '${this.#side.mark} at work'`);
      return client;
    } catch {
      this.leave();
      return undefined;
    }
  }

  async #begin(): Promise<pg.PoolClient> {
    const client = await TenantContext.run(this.#side.tenant, () => this.#pool.connect());
    client.on('error', () => {});
    // The guard refuses it, where there is one.
    await client.query('select pg_advisory_lock(4712)').catch(() => {});
    this.#client = client;
    await this.#works(client);
    return client;
  }
}
