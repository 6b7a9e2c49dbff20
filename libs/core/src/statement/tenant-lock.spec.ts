/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { TENANT_LOCK_TEXTS, tenantLock, tryTenantLock } from './tenant-lock.js';

const [ACME, GLOBEX] = ['6e1c0f5e-58ab-4f0f-9a3e-0c51b29c8a11', '7e1c0f5e-58ab-4f0f-9a3e-0c51b29c8a12'];

let database: TestDatabase;
let one: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  [one, other] = [new pg.Client(database.url), new pg.Client(database.url)];
  await Promise.all([one.connect(), other.connect()]);
});
afterAll(async () => {
  await Promise.all([one.end(), other.end()]);
  await database.drop();
});

async function beginAs(client: pg.Client, tenantId: string): Promise<void> {
  await client.query('begin');
  await client.query("select set_config('rowhouse.tenant_id', $1, true)", [tenantId]);
}

async function mayLock(client: pg.Client, key: string): Promise<unknown> {
  const { text, values } = tryTenantLock(key);
  return (await client.query(text, [...values])).rows[0];
}

describe('tenantLock', () => {
  beforeEach(async () => {
    await beginAs(one, ACME);
    const { text, values } = tenantLock('invoices');
    await one.query(text, [...values]);
  });
  afterEach(async () => {
    await one.query('rollback');
    await other.query('rollback');
  });

  it("keeps the tenant's other transactions out until the transaction ends", async () => {
    await beginAs(other, ACME);
    expect(await mayLock(other, 'invoices')).toEqual({ locked: false });
    expect(await mayLock(other, 'orders')).toEqual({ locked: true });
    await one.query('commit');
    expect(await mayLock(other, 'invoices')).toEqual({ locked: true });
  });

  it('keeps no other tenant out, whatever the key', async () => {
    await beginAs(other, GLOBEX);
    expect(await mayLock(other, 'invoices')).toEqual({ locked: true });
    expect(await mayLock(other, `${ACME}:invoices`)).toEqual({ locked: true });
  });

  it('takes one lock, which goes with the transaction', async () => {
    const locks = "select objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()";
    expect((await one.query(locks)).rows).toHaveLength(1);
    await one.query('rollback');
    expect((await one.query(locks)).rows).toHaveLength(0);
  });

  it('has texts that do not depend on the key, so that the guard knows them', () => {
    expect(TENANT_LOCK_TEXTS).toEqual(new Set([tenantLock('a').text, tryTenantLock("'b'").text]));
  });
});
