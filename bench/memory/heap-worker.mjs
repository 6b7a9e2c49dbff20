import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresTenantStore, TenantContext, TenantDirectory } from '@rowhouse/core';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import { Product } from '../app/dist/product.entity.js';
import { serveTasks } from '../harness/serve-tasks.mjs';
import { slugOf } from '../harness/tenants.mjs';

const POOL_SIZE = 4;

/** More than the pool has connections, so that tenants wait for each other. */
const CONCURRENCY = 16;

/** Uses every tenant in each way an app does, and reports how much the heap has grown permanently. */
async function measure({ databaseUrl, roles, tenants }) {
  const storePool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const ambient = await openTenantDataSource(
    {
      type: 'postgres',
      url: databaseUrl,
      poolSize: POOL_SIZE,
      entities: [Product],
      installExtensions: false,
    },
    { roles },
  );
  const registry = new DataSourceRegistry({ ambient });
  const directory = new TenantDirectory(new PostgresTenantStore({ pool: storePool }), {
    feed: false,
    max: tenants + 1,
  });
  const products = ambient.getRepository(Product);
  const find = (repository) => repository.find({ order: { id: 'ASC' }, take: 20 });
  const lookUp = (number) => directory.find({ kind: 'slug', value: slugOf(number) });

  // Code and memory that are needed only once must not be counted for the tenants.
  const first = await lookUp(tenants + 1);
  await TenantContext.run(first, () => find(products));
  await find(registry.for(first).getRepository(Product));

  const bytes = [await liveHeap()];
  const touchEach = async (touch) => {
    let number = 0;
    const work = async () => {
      while (number < tenants) await touch(await lookUp(++number));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    bytes.push(await liveHeap());
  };
  await touchEach(() => undefined);
  await touchEach((tenant) => TenantContext.run(tenant, () => find(products)));
  await touchEach((tenant) => find(registry.for(tenant).getRepository(Product)));

  const [pool] = registry.stats().pools;
  await ambient.destroy();
  await storePool.end();
  return { bytes, connections: pool.total, recycled: pool.recycled };
}

/** The bytes of live objects. Several collections are needed, because finalizers release objects only in the next one. */
async function liveHeap() {
  for (let pass = 0; pass < 3; pass += 1) {
    globalThis.gc();
    await pause(20);
  }
  return process.memoryUsage().heapUsed;
}

serveTasks({ measure });
