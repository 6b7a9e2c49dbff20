/** @suite pgbouncer */
import type { TestDatabase } from '@rowhouse/testing';
import { type PgBouncer, startPgBouncer } from '../../support/pgbouncer.js';
import { createFleetDatabase } from '../fleet.js';
import { checkHttpIsolation } from './http-property.js';
import { PLATFORMS } from './start-library.js';

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

describe('the requests of fifty tenants to one app behind PgBouncer, on two server connections', () => {
  it.each(PLATFORMS)(
    'see and write what is their tenant’s, on %s',
    async (platform) => {
      await checkHttpIsolation({
        name: `isolation over HTTP through PgBouncer, ${platform}, statement pins`,
        platform,
        url: bouncer.url,
        directUrl: database.url,
        pin: 'statement',
        poolSize: 12,
        runs: 5,
      });
    },
    600_000,
  );
});
