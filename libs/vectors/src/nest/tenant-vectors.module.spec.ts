import { Test } from '@nestjs/testing';
import { InMemoryTenantStore } from '@rowhouse/core';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { TenantVectorsModule } from './tenant-vectors.module.js';
import { parseVectorsOptions } from './vectors-options.js';

describe('TenantVectorsModule', () => {
  const boot = (options?: object) =>
    Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({ store: new InMemoryTenantStore(), resolvers: [new HeaderResolver()] }),
        TenantVectorsModule.forRoot(options),
      ],
    }).compile();

  it.each([
    [
      { store: 'chroma' },
      /^TenantVectorsModule: store: expected pgvector, exact, or a store, as chromaStore/,
    ],
    [{ embed: 'a model' }, /^TenantVectorsModule: embed: expected a function/],
    [{ url: 'http://chroma' }, /^TenantVectorsModule: .*Unrecognized key: "url"/],
    // Without TypeORM, there is no home.
    [{ store: 'exact' }, /typeorm, for exact$/],
    [undefined, /^TenantVectorsModule: store: expected a store, or TenancyModule with the option typeorm/],
  ])('names what is wrong with %j at start-up', async (options, message) => {
    await expect(boot(options)).rejects.toThrow(message);
  });

  it.each([
    [undefined, 'pgvector'],
    [{ store: 'pgvector' }, 'pgvector'],
    [{ store: 'exact' }, 'exact'],
  ])('keeps collections in homes with %j', (options, name) => {
    const { store } = parseVectorsOptions(options, {} as DataSourceRegistry);
    expect(store).toMatchObject({ name, isOutsideOfHomes: false });
  });
});
