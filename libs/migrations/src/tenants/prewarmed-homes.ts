import { randomBytes, randomUUID } from 'node:crypto';
import type { SchemaName, Tenant } from '@rowhouse/core';
import { runEach, runScript, type ScriptStatement } from '@rowhouse/core/internal';
import pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type History, hashOf } from '../homes/history.js';
import { standIn } from '../homes/home.js';
import { noteStatement } from '../homes/home-ledger.js';

const { escapeIdentifier: quote } = pg;

/** A home that was made for nobody yet: its id is to be its tenant's. */
export interface PrewarmedHome {
  readonly id: string;
  readonly schema: SchemaName;
}

/** Homes made ahead, so that a new tenant need only be given one: its schema is renamed, and all else is there. */
export class PrewarmedHomes {
  readonly #deployment: Pick<FleetDeployment, 'registry' | 'catalog'>;

  constructor(deployment: Pick<FleetDeployment, 'registry' | 'catalog'>) {
    this.#deployment = deployment;
  }

  async count(history: History): Promise<number> {
    const { rows } = await this.#deployment.catalog.query<{ n: number }>(
      'select count(*)::int as n from rowhouse.prewarmed_homes where history = $1',
      [hashOf(history)],
    );
    return rows[0]?.n ?? 0;
  }

  /** A home that is yet to be made, with {@link madeStatement} in the same transaction. */
  plan(): Tenant {
    const schema = `rowhouse_prewarmed_${randomBytes(8).toString('hex')}` as SchemaName;
    return standIn({ id: randomUUID(), isolation: 'schema', schema });
  }

  madeStatement({ id, schema }: PrewarmedHome, history: History): ScriptStatement {
    return {
      text: 'insert into rowhouse.prewarmed_homes (id, schema, history) values ($1, $2, $3)',
      values: [id, schema, hashOf(history)],
    };
  }

  /** Takes a home for the time of a transaction; nobody else takes the same. */
  async take(client: Pick<pg.ClientBase, 'query'>, history: History): Promise<PrewarmedHome | undefined> {
    const { rows } = await client.query<PrewarmedHome>(
      `delete from rowhouse.prewarmed_homes where id = (
         select id from rowhouse.prewarmed_homes where history = $1 order by created_at limit 1 for update skip locked)
       returning id, schema`,
      [hashOf(history)],
    );
    return rows[0];
  }

  /** Gives a home that was taken to its tenant. */
  async give(client: pg.ClientBase, home: PrewarmedHome, tenant: Tenant, history: History): Promise<void> {
    await runEach(client, this.#deployment.registry.homes.claimStatements(home, tenant));
    await this.#renameInMetadata(client, home, tenant);
    await runEach(client, [noteStatement(tenant, history)]);
  }

  /** TypeORM's table for views and generated columns names their schema in its rows. */
  async #renameInMetadata(client: pg.ClientBase, home: PrewarmedHome, tenant: Tenant): Promise<void> {
    const { ambient } = this.#deployment.registry;
    const table = `${quote(tenant.schema)}.${quote(ambient.metadataTableName)}`;
    const { rows } = await client.query<{ there: boolean }>(
      'select pg_catalog.to_regclass($1) is not null as there',
      [table],
    );
    if (!rows[0]?.there) return;
    await client.query(`update ${table} set "schema" = $1 where "schema" = $2`, [tenant.schema, home.schema]);
  }

  /** Removes homes that have another history than new tenants are to have. */
  async removeOutdated(history: History): Promise<number> {
    const { registry, catalog } = this.#deployment;
    const { rows } = await catalog.query<PrewarmedHome>(
      'select id, schema from rowhouse.prewarmed_homes where history <> $1',
      [hashOf(history)],
    );
    for (const home of rows) {
      const pool = await registry.directPoolFor(standIn({ ...home, isolation: 'schema' }));
      const client = await pool.connect();
      try {
        await runScript(client, [
          { text: 'delete from rowhouse.prewarmed_homes where id = $1', values: [home.id] },
          ...registry.homes.removeStatements(home),
        ]);
      } finally {
        client.release();
      }
    }
    return rows.length;
  }
}
