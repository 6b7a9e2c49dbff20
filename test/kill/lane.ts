import { randomBytes } from 'node:crypto';
import { parseTenant, type Tenant } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { openWireTap, type WireTap } from '../support/wire-tap.js';
import { type Address, type OpenFleet, openFleet } from './open-fleet.js';
import { type OwnServer, openOwnServer } from './own-server.js';
import type { Release } from './releases.js';

/** A deployment on which victims work one after the other, and an operator who repairs it after each of them. */
export interface Lane extends OpenFleet {
  /** The prefix of its tenants' slugs, because names of databases are unique on the server. */
  readonly slug: string;
  /** For victims. */
  readonly address: Address;
  /** Between victims and the server. */
  readonly wire: WireTap;
  /** The server, where no other lane is on it. */
  readonly ownServer: OwnServer | undefined;
  /** The operator's. */
  readonly release: Release;
  /** Of the main database, for a superuser. */
  readonly server: pg.Pool;
  /** Of the database of its placement, for a superuser, if it has one. */
  readonly placement: pg.Pool | undefined;
  /** Every tenant, whatever its status. */
  tenants(): Promise<readonly Tenant[]>;
}

export interface LaneOptions {
  /** Default false: it is on the server of all suites. */
  readonly hasOwnServer?: boolean;
  /** Whether the WAL of its own server is on a disk that can be full. Default false. */
  readonly hasSmallWal?: boolean;
  /** Whether victims reach the catalog past the wire. Default false. */
  readonly hasDirectCatalog?: boolean;
  /** Whether it has a placement, which is a second database on its server. Default false. */
  readonly hasPlacement?: boolean;
}

export async function openLane(
  release: Release,
  {
    hasOwnServer = false,
    hasSmallWal = false,
    hasDirectCatalog = false,
    hasPlacement = false,
  }: LaneOptions = {},
): Promise<Lane> {
  const ownServer = hasOwnServer ? await openOwnServer({ hasSmallWal }) : undefined;
  const serverUrl = ownServer?.url ?? (process.env['ROWHOUSE_TEST_URL'] as string);
  const database = await createTestDatabase({ serverUrl });
  const slug = `k${randomBytes(4).toString('hex')}`;
  const roles = `kill_${randomBytes(5).toString('hex')}`;
  const server = new pg.Pool({ connectionString: database.url, max: 2 });
  server.on('error', () => {});
  await server.query(`create role ${roles}_login login createrole createdb password 'owner'`);
  const other = hasPlacement ? await openOther(server, serverUrl, roles) : undefined;
  const direct: Address = {
    ...(await addOwner(server, database, roles)),
    loginUrl: database.loginUrl,
    roles,
    placement: other?.address,
  };
  const wire = await openWireTap(serverUrl);
  const address: Address = {
    ...direct,
    placement: other && {
      ownerUrl: throughWire(other.address.ownerUrl, wire),
      loginUrl: throughWire(other.address.loginUrl, wire),
    },
    ownerUrl: throughWire(direct.ownerUrl, wire),
    loginUrl: throughWire(direct.loginUrl, wire),
    catalogUrl: hasDirectCatalog ? direct.catalogUrl : throughWire(direct.catalogUrl, wire),
  };
  const operator = await openFleet(direct, { release, seeds: true, applicationName: `operator_${roles}` });
  return {
    ...operator,
    slug,
    address,
    wire,
    ownServer,
    release,
    server,
    placement: other?.server,
    async tenants() {
      const { rows } = await server.query(
        `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants order by slug`,
      );
      return rows.map(parseTenant);
    },
    async close() {
      await wire.close();
      await operator.close();
      const { rows: databases } = await server.query<{ drop: string }>(
        `select format('drop database %I with (force)', datname) as drop from pg_database where starts_with(datname::text, 'tenant_' || $1 || '_')`,
        [slug],
      );
      for (const { drop } of databases) await server.query(drop);
      await server.end();
      await other?.drop();
      await database.drop();
      await dropRoles(serverUrl, roles);
      await ownServer?.stop();
    },
  };
}

/** Owners of deployments need not be superusers. */
async function addOwner(server: pg.Pool, database: TestDatabase, roles: string) {
  const ownerUrl = await giveTo(`${roles}_login`, database, server);
  return { ownerUrl, catalogUrl: ownerUrl };
}

/** @returns the owner's URL. */
async function giveTo(owner: string, { name, url }: TestDatabase, server: pg.Pool): Promise<string> {
  await server.query(`alter database ${name} owner to ${owner}`);
  return Object.assign(new URL(url), { username: owner, password: 'owner' }).href;
}

/** The database of a placement, with the owner of the main one. */
async function openOther(server: pg.Pool, serverUrl: string, roles: string) {
  const database = await createTestDatabase({ serverUrl });
  const ownerUrl = await giveTo(`${roles}_login`, database, server);
  const there = new pg.Pool({ connectionString: database.url, max: 2 });
  there.on('error', () => {});
  return {
    address: { ownerUrl, loginUrl: database.loginUrl },
    server: there,
    async drop() {
      await there.end();
      await database.drop();
    },
  };
}

function throughWire(url: string, wire: WireTap): string {
  return Object.assign(new URL(url), { host: new URL(wire.url).host }).href;
}

async function dropRoles(serverUrl: string, prefix: string): Promise<void> {
  const server = new pg.Client(serverUrl);
  await server.connect();
  // The owner has granted the others what they have.
  const { rows } = await server.query<{ drop: string }>(
    `select format('drop role %I', rolname) as drop from pg_roles where starts_with(rolname::text, $1 || '_')
      order by rolname = $1 || '_login'`,
    [prefix],
  );
  for (const { drop } of rows) await server.query(drop);
  await server.end();
}
