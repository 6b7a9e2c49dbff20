import type { TestDatabase } from '@rowhouse/testing';
import { initializeTransactionalContext, StorageDriver } from 'typeorm-transactional';
import { createFleetDatabase } from './fleet.js';
import { checkIsolation } from './isolation-property.js';

let database: TestDatabase;

beforeAll(async () => {
  initializeTransactionalContext({ storageDriver: StorageDriver.ASYNC_LOCAL_STORAGE });
  database = await createFleetDatabase();
});

afterAll(() => database.drop());

describe('fifty tenants on two connections, with typeorm-transactional in place', () => {
  it('never see or write what is another’s', async () => {
    await checkIsolation({
      name: 'isolation, typeorm-transactional',
      url: database.loginUrl,
      adminUrl: database.url,
      pin: 'statement',
      cache: 'memory',
      transactional: true,
      poolSize: 2,
      runs: 4,
    });
  }, 600_000);
});
