/** @suite postgres15 */
import type { PinMode } from '@rowhouse/core';
import type { TestDatabase } from '@rowhouse/testing';
import { createFleetDatabase } from './fleet.js';
import { checkIsolation } from './isolation-property.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createFleetDatabase();
});

afterAll(() => database.drop());

describe('fifty tenants on two connections', () => {
  it.each<{ pin: PinMode; cache: 'table' | 'memory' }>([
    { pin: 'statement', cache: 'table' },
    { pin: 'session', cache: 'memory' },
  ])(
    'never see or write what is another’s ($pin pins, cached results in one $cache)',
    async ({ pin, cache }) => {
      const name = `isolation, ${pin} pins`;
      await checkIsolation({
        name,
        url: database.loginUrl,
        adminUrl: database.url,
        pin,
        cache,
        poolSize: 2,
        runs: 8,
      });
    },
    600_000,
  );
});
