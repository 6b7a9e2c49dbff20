import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { homesOf } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { databaseNameOf } from '../tenant.js';
import type { TenantHomes } from './tenant-homes.js';

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
});
