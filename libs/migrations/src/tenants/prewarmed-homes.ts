import { randomBytes, randomUUID } from 'node:crypto';
import { runScript, type SchemaName, type ScriptStatement, type Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import { runEach } from '../catalog-transaction.js';
import { type History, hashOf } from '../homes/history.js';
import { standIn } from '../homes/home.js';
import { noteStatement } from '../homes/home-ledger.js';

const { escapeIdentifier: quote } = pg;

/** A home that was made for nobody yet: its id is to be its tenant's. */
export interface PrewarmedHome {
  readonly id: string;
  readonly schema: SchemaName;
}

export interface PrewarmedHomesParts {
  readonly registry: DataSourceRegistry;
  readonly catalog: pg.Pool;
}

/** Homes made ahead, so that a new tenant need only be given one: its schema is renamed, and all else is there. */
export class PrewarmedHomes {
  readonly #parts: PrewarmedHomesParts;

  constructor(parts: PrewarmedHomesParts) {
    this.#parts = parts;
  }

  async count(history: History): Promise<number> {
    const { rows } = await this.#parts.catalog.query<{ n: number }>(
      'select count(*)::int as n from rowhouse.spare_homes where history = $1',
      [hashOf(history)],
    );
    return rows[0]?.n ?? 0;
  }

  /** A home for a spare, which is yet to be made with {@link madeStatement} in the same transaction. */
  plan(): Tenant {
    const schema = `rowhouse_spare_${randomBytes(8).toString('hex')}` as SchemaName;
    return standIn({ id: randomUUID(), isolation: 'schema', schema });
  }

  madeStatement({ id, schema }: PrewarmedHome, history: History): ScriptStatement {
    return {
      text: 'insert into rowhouse.spare_homes (id, schema, history) values ($1, $2, $3)',
      values: [id, schema, hashOf(history)],
    };
  }

  /** Takes a spare for the time of a transaction; nobody else takes the same. */
  async take(client: Pick<pg.ClientBase, 'query'>, history: History): Promise<PrewarmedHome | undefined> {
    const { rows } = await client.query<PrewarmedHome>(
      `delete from rowhouse.spare_homes where id = (
         select id from rowhouse.spare_homes where history = $1 order by created_at limit 1 for update skip locked)
       returning id, schema`,
      [hashOf(history)],
    );
    return rows[0];
  }

  /** Gives a spare that was taken to its tenant. */
  async give(client: pg.ClientBase, spare: PrewarmedHome, tenant: Tenant, history: History): Promise<void> {
    const { registry } = this.#parts;
    await runEach(client, registry.homes.claimStatements(spare, tenant));
    await this.#renameInMetadata(client, spare, tenant);
    await runEach(client, [noteStatement(tenant, history)]);
  }

  /** TypeORM's table for views and generated columns names their schema in its rows. */
  async #renameInMetadata(client: pg.ClientBase, spare: PrewarmedHome, tenant: Tenant): Promise<void> {
    const table = `${quote(tenant.schema)}.${quote(this.#parts.registry.ambient.metadataTableName)}`;
    const { rows } = await client.query<{ there: boolean }>(
      'select pg_catalog.to_regclass($1) is not null as there',
      [table],
    );
    if (!rows[0]?.there) return;
    await client.query(`update ${table} set "schema" = $1 where "schema" = $2`, [
      tenant.schema,
      spare.schema,
    ]);
  }

  /** Removes spares that have another history than new tenants shall have. */
  async removeOutdated(history: History): Promise<number> {
    const { registry, catalog } = this.#parts;
    const { rows } = await catalog.query<PrewarmedHome>(
      'select id, schema from rowhouse.spare_homes where history <> $1',
      [hashOf(history)],
    );
    for (const spare of rows) {
      const pool = await registry.directPoolFor(standIn({ ...spare, isolation: 'schema' }));
      const client = await pool.connect();
      try {
        await runScript(client, [
          { text: 'delete from rowhouse.spare_homes where id = $1', values: [spare.id] },
          ...registry.homes.removeStatements(spare),
        ]);
      } finally {
        client.release();
      }
    }
    return rows.length;
  }
}
