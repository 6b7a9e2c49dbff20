import type { PinMode } from '@rowhouse/core';
import type { TestDatabase } from '@rowhouse/testing';
import { createFleetDatabase } from '../fleet.js';
import { checkHttpIsolation } from './http-property.js';
import { PLATFORMS, ResponseCacheModule } from './start-library.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createFleetDatabase();
});

afterAll(() => database.drop());

describe.each(PLATFORMS)('the requests of fifty tenants to one app on %s', (platform) => {
  it.each<PinMode>(['statement', 'session'])(
    'see and write what is their tenant’s, on two connections (%s pins)',
    async (pin) => {
      const name = `isolation over HTTP, ${platform}, ${pin} pins`;
      await checkHttpIsolation({
        name,
        platform,
        url: database.loginUrl,
        directUrl: database.url,
        pin,
        poolSize: 2,
        runs: 3,
      });
    },
    600_000,
  );

  it('see what is their tenant’s with a cache of answers in front', async () => {
    await checkHttpIsolation({
      name: `isolation over HTTP with a cache of answers, ${platform}`,
      platform,
      url: database.loginUrl,
      directUrl: database.url,
      pin: 'statement',
      poolSize: 2,
      runs: 3,
      imports: [ResponseCacheModule],
    });
  }, 600_000);
});
