import { Logger } from '@nestjs/common';
import {
  isDirect,
  migrateCatalog,
  PostgresTenantStore,
  TenantChangeListener,
  type TenantStore,
} from '@rowhouse/core';
import { addressOf } from '@rowhouse/typeorm';
import pg from 'pg';
import type { TenancyOptions } from '../tenancy-options.js';

/** Look-ups are cached and short, and must not wait behind the app's own statements. */
const CONNECTIONS = 2;

/** The tenant store of the application, and what it needs to be closed. */
export class TenantCatalog {
  readonly store: TenantStore;
  readonly #pool: pg.Pool | undefined;
  readonly #listener: TenantChangeListener | undefined;

  private constructor(store: TenantStore, pool?: pg.Pool, listener?: TenantChangeListener) {
    this.store = store;
    this.#pool = pool;
    this.#listener = listener;
  }

  /** The store that was given, or the catalog in PostgreSQL, brought up to date. */
  static async open({ store, directUrl, typeorm }: TenancyOptions): Promise<TenantCatalog> {
    if (store) return new TenantCatalog(store);

    const { url, ssl } = addressOf(typeorm, directUrl);
    const pool = new pg.Pool({
      connectionString: url,
      ssl,
      max: CONNECTIONS,
      application_name: 'rowhouse-catalog',
    });
    const logger = new Logger(TenantCatalog.name);
    // An idle connection that breaks is replaced; without a listener the event would end the process.
    pool.on('error', (error) => {
      if (!pool.ending) logger.warn(`An idle connection to the catalog was lost: ${error.message}`);
    });
    let prepare: boolean;
    try {
      const { applied } = await migrateCatalog(pool);
      if (applied.length > 0) logger.log(`Migrated the catalog: steps ${applied.join(', ')}.`);
      prepare = await isDirect(pool);
    } catch (error) {
      await pool.end();
      throw error;
    }
    const listener = new TenantChangeListener({ directUrl: url, client: { ssl } });
    return new TenantCatalog(new PostgresTenantStore({ pool, prepare, listener }), pool, listener);
  }

  /** Does nothing to a store that was given: its owner closes it. */
  async close(): Promise<void> {
    await this.#listener?.close();
    if (this.#pool && !this.#pool.ended) await this.#pool.end();
  }
}
