import { randomBytes, randomUUID } from 'node:crypto';
import type { SchemaName, Tenant } from '@rowhouse/core';
import { runEach, runScript, type ScriptStatement } from '@rowhouse/core/internal';
import pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type History, hashOf } from '../homes/history.js';
import { placeholderTenant } from '../homes/home.js';
import { setHistoryStatement } from '../homes/home-ledger.js';

const { escapeIdentifier: quote } = pg;

/** Recorded of a home that is built in steps, until it is complete: the history of no release. */
export const INCOMPLETE: History = ['(incomplete)'];

/** A home that has no tenant yet. The tenant that gets it takes over its id. */
export interface PrewarmedHome {
  readonly id: string;
  readonly schema: SchemaName;
}

/** Homes built in advance. Assigning one to a new tenant only renames its schema, because its tables are there already. */
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

  /** A new home to build. {@link insertStatement} records it, in the transaction that builds it. */
  plan(): Tenant {
    const schema = `rowhouse_prewarmed_${randomBytes(8).toString('hex')}` as SchemaName;
    return placeholderTenant({ id: randomUUID(), isolation: 'schema', schema });
  }

  insertStatement({ id, schema }: PrewarmedHome, history: History): ScriptStatement {
    return {
      text: 'insert into rowhouse.prewarmed_homes (id, schema, history) values ($1, $2, $3)',
      values: [id, schema, hashOf(history)],
    };
  }

  /** Records that a home is complete that was built in steps. */
  completeStatement({ id }: PrewarmedHome, history: History): ScriptStatement {
    return {
      text: 'update rowhouse.prewarmed_homes set history = $2 where id = $1',
      values: [id, hashOf(history)],
    };
  }

  /** Takes a home out of the catalog and locks it for this transaction, so that no other process takes the same one. */
  async take(client: Pick<pg.ClientBase, 'query'>, history: History): Promise<PrewarmedHome | undefined> {
    const { rows } = await client.query<PrewarmedHome>(
      `delete from rowhouse.prewarmed_homes where id = (
         select id from rowhouse.prewarmed_homes where history = $1 order by created_at limit 1 for update skip locked)
       returning id, schema`,
      [hashOf(history)],
    );
    return rows[0];
  }

  /** Assigns a home that was taken to its tenant. */
  async assign(client: pg.ClientBase, home: PrewarmedHome, tenant: Tenant, history: History): Promise<void> {
    await runEach(client, this.#deployment.registry.homes.claimStatements(home, tenant));
    await renameInPaths(client, home, tenant);
    await this.#renameInMetadata(client, home, tenant);
    await runEach(client, [setHistoryStatement(tenant, history)]);
  }

  /** TypeORM's metadata table stores the schema name of views and generated columns in its rows. */
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

  /** Removes homes whose history differs from the one that new tenants need. @returns how many were removed. */
  async removeOutdated(history: History): Promise<number> {
    const { registry, catalog } = this.#deployment;
    const { rows } = await catalog.query<PrewarmedHome>(
      'select id, schema from rowhouse.prewarmed_homes where history <> $1',
      [hashOf(history)],
    );
    const inSteps = rows.length > 0 && (await registry.homes.hasCitus());
    for (const home of rows) {
      if (inSteps) {
        await this.#removeInSteps(home);
        continue;
      }
      const pool = await registry.directPoolFor(placeholderTenant({ ...home, isolation: 'schema' }));
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

  /** Where homes are made in steps, some of it may be missing. */
  async #removeInSteps(home: PrewarmedHome): Promise<void> {
    const { registry, catalog } = this.#deployment;
    await registry.homes.remove(placeholderTenant({ ...home, isolation: 'schema' }));
    await catalog.run([
      { text: 'delete from rowhouse.homes where id = $1', values: [home.id] },
      { text: 'delete from rowhouse.prewarmed_homes where id = $1', values: [home.id] },
    ]);
  }
}

const PATHS = `
  select format('alter routine %I.%I(%s) set search_path to %s', n.nspname, p.proname,
                pg_catalog.pg_get_function_identity_arguments(p.oid), replace(f.path, quote_literal($1), quote_literal($2))) as text
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   cross join lateral substring(case when p.prokind in ('f', 'p') then pg_catalog.pg_get_functiondef(p.oid) end from '(?n)^ SET search_path TO (.*)$') as f (path)
   where n.nspname = $2 and strpos(f.path, quote_literal($1)) > 0`;

/** Functions with `set search_path from current` store the name that the schema had. */
async function renameInPaths(client: pg.ClientBase, home: PrewarmedHome, tenant: Tenant): Promise<void> {
  const { rows } = await client.query<ScriptStatement>(PATHS, [home.schema, tenant.schema]);
  await runEach(client, rows);
}
