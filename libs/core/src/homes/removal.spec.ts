import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { homesOf } from '../../../../test/support/homes.js';
import { dropRoles } from '../../../../test/support/roles.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
import { type DeploymentRoles, databaseNameOf } from '../tenant.js';
import { dropTenantRole, type Owner } from './role-statements.js';
import { TenantHomes } from './tenant-homes.js';

let database: TestDatabase;
let homes: TenantHomes;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  homes = homesOf(database);
  admin = new pg.Client(database.url);
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await homes.close();
  await database.drop();
});

const exists = async (name: string) =>
  (await admin.query('select from pg_database where datname = $1', [name])).rowCount === 1;

describe('removing the database of a tenant', () => {
  it('ends the sessions that are in it, and may be repeated', async () => {
    const tenant = makeTenant('acme', { isolation: 'database' });
    await homes.prepare(tenant);
    const guest = new pg.Client(await homes.ownerConfigOf(tenant));
    guest.on('error', () => {});
    await guest.connect();
    await homes.remove(tenant);
    await homes.remove(tenant);
    expect(await exists(databaseNameOf(tenant))).toBe(false);
    await guest.end().catch(() => {});
  });

  it('goes on with one whose drop was broken off, which PostgreSQL has marked invalid', async () => {
    const tenant = makeTenant('globex', { isolation: 'database' });
    await homes.prepare(tenant);
    await admin.query('update pg_database set datconnlimit = -2 where datname = $1', [
      databaseNameOf(tenant),
    ]);
    await homes.remove(tenant);
    expect(await exists(databaseNameOf(tenant))).toBe(false);
  });

  it('waits for sessions of the application to end, where the owner may not end them', async () => {
    const prefix = `rem_${randomBytes(5).toString('hex')}`;
    const owner = `own_${prefix}_login`;
    await admin.query(`create role ${owner} login createrole createdb password 'secret'`);
    const other = await createTestDatabase();
    await admin.query(`alter database ${other.name} owner to ${owner}`);
    const url = Object.assign(new URL(other.url), { username: owner, password: 'secret' }).href;
    const login = new URL(other.loginUrl).username;
    const own = new TenantHomes({ owner: { url }, logins: [login], pool: { roles: prefix } });
    try {
      const tenant = makeTenant('initech', { isolation: 'database' });
      await own.prepare(tenant);
      const name = databaseNameOf(tenant);
      const guest = new pg.Client(Object.assign(new URL(other.loginUrl), { pathname: `/${name}` }).href);
      await guest.connect();
      const removed = own.remove(tenant);
      const isClosed = async () =>
        (await admin.query('select from pg_database where datname = $1 and not datallowconn', [name]))
          .rowCount === 1;
      await until(isClosed);
      expect(await exists(name)).toBe(true);
      await guest.end();
      await removed;
      expect(await exists(name)).toBe(false);
    } finally {
      await own.close();
      await other.drop();
      await dropRoles(prefix);
      await dropRoles(`own_${prefix}`);
    }
  });
});

it('removes the large objects that the role of a tenant owns, a thousand in each transaction', async () => {
  const tenant = makeTenant('umbrella', { isolation: 'schema' });
  await homes.prepare(tenant);
  const roles = homes.roles as DeploymentRoles;
  await admin.query(`begin; set local role ${pg.escapeIdentifier(roles.ofTenant(tenant))};
    select lo_create(0) from generate_series(1, 2500); commit`);
  const sent: string[] = [];
  const owner = {
    query: (text: string, values?: unknown[]) => {
      sent.push(text);
      return admin.query(text, values);
    },
  } as Owner;
  await admin.query(`drop schema ${pg.escapeIdentifier(tenant.schema)} cascade`);
  await dropTenantRole(owner, roles, tenant);
  expect(sent.filter((text) => text.includes('lo_unlink'))).toHaveLength(3);
  const { rows } = await admin.query('select count(*)::int as left from pg_largeobject_metadata');
  expect(rows).toEqual([{ left: 0 }]);
});
