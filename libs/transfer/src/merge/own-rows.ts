import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import type { Client } from '../home/tables.js';

const { escapeLiteral: literal } = pg;

/**
 * The condition that a row is the tenant's. The owner may see the rows of all tenants in tables that they share, so each statement
 * says whose rows it is for, whatever the policies say.
 */
export function ownRows({ isolation, id }: Pick<Tenant, 'isolation' | 'id'>, alias: string): string {
  return isolation === 'row' ? `${alias}.tenant_id = ${literal(id)}::pg_catalog.uuid` : 'true';
}

/**
 * The connection as it acts for a tenant: policies and defaults take the tenant from a setting, which each statement without values
 * brings with it. (After such a statement the pin of the connection is set again.)
 */
export function actingFor(client: Client, { id }: Pick<Tenant, 'id'>): Client {
  const act = `select pg_catalog.set_config('rowhouse.tenant_id', ${literal(id)}, true)`;
  const query = async (text: string, values?: unknown[]) => {
    if (values) return client.query(text, values);
    const results = (await client.query(`${act}; ${text}`)) as unknown as pg.QueryResult[];
    return results.at(-1);
  };
  return { query } as Client;
}
