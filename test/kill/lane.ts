import { randomBytes } from 'node:crypto';
import { parseTenant, type Tenant } from '@rowhouse/core';
import { createTestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { type Address, type OpenFleet, openFleet } from './open-fleet.js';
import type { Release } from './releases.js';

/** A deployment on which victims work one after the other, and an operator who repairs it after each of them. */
export interface Lane extends OpenFleet {
  /** The prefix of its tenants' slugs, because names of databases are unique on the server. */
  readonly slug: string;
  readonly address: Address;
  /** The operator's. */
  readonly release: Release;
  /** Of the main database, for a superuser. */
  readonly server: pg.Pool;
  /** Every tenant, whatever its status. */
  tenants(): Promise<readonly Tenant[]>;
}

export async function openLane(release: Release): Promise<Lane> {
  const database = await createTestDatabase();
  const slug = `k${randomBytes(4).toString('hex')}`;
  const roles = `kill_${randomBytes(5).toString('hex')}`;
  const address = { ownerUrl: database.url, loginUrl: database.loginUrl, roles };
  const server = new pg.Pool({ connectionString: database.url, max: 2 });
  server.on('error', () => {});
  const operator = await openFleet(address, { release, seeds: true, applicationName: `operator_${roles}` });
  return {
    ...operator,
    slug,
    address,
    release,
    server,
    async tenants() {
      const { rows } = await server.query(
        `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants order by slug`,
      );
      return rows.map(parseTenant);
    },
    async close() {
      await operator.close();
      const { rows: databases } = await server.query<{ drop: string }>(
        `select format('drop database %I with (force)', datname) as drop from pg_database where starts_with(datname::text, 'tenant_' || $1 || '_')`,
        [slug],
      );
      for (const { drop } of databases) await server.query(drop);
      await server.end();
      await database.drop();
      await dropRoles(roles);
    },
  };
}

async function dropRoles(prefix: string): Promise<void> {
  const server = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
  await server.connect();
  const { rows } = await server.query<{ drop: string }>(
    `select format('drop role %I', rolname) as drop from pg_roles where starts_with(rolname::text, $1 || '_')`,
    [prefix],
  );
  for (const { drop } of rows) await server.query(drop);
  await server.end();
}
