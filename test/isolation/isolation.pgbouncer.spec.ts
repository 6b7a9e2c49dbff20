/** @suite pgbouncer */
import type { TestDatabase } from '@rowhouse/testing';
import { openTenantDataSource } from '@rowhouse/typeorm';
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.js';
import { createFleetDatabase } from './fleet.js';
import { checkIsolation } from './isolation-property.js';

let database: TestDatabase;
let bouncer: PgBouncer;

beforeAll(async () => {
  database = await createFleetDatabase();
  bouncer = await startPgBouncer(database.loginUrl, 2);
});

afterAll(async () => {
  await bouncer?.stop();
  await database?.drop();
});

describe('fifty tenants behind PgBouncer, on two server connections', () => {
  it('never see or write what is another’s, from a dozen connections', async () => {
    await checkIsolation({
      name: 'isolation through PgBouncer, statement pins',
      url: bouncer.url,
      adminUrl: database.url,
      pooled: true,
      pin: 'statement',
      poolSize: 12,
      cache: 'table',
      runs: 8,
    });
  }, 600_000);

  it('cannot use session pins', async () => {
    const opened = openTenantDataSource({ type: 'postgres', url: bouncer.url }, { pin: 'session' });
    await expect(opened).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
  });
});
