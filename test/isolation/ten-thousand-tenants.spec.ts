import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  InMemoryTenantStore,
  parseTenant,
  parseTenantSlug,
  type Tenant,
  TenantContext,
  TenantDirectory,
  type TenantPool,
  type TenantSlug,
  type TenantStore,
} from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { prepareHomes } from '../support/homes.js';

@Entity('notes')
class Note {
  @PrimaryColumn() id!: number;
  @Column() text!: string;
}

const TENANTS = 10_000;
const WARM_UP = 2_000;
const POOL_SIZE = 4;
/** Roles belong to the server, so this suite has its own prefix. */
const PREFIX = `ten_thousand_${randomBytes(4).toString('hex')}`;
const roles = rolesOf(PREFIX);

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

/** The heap in bytes. Several collections are needed, because finalizers and closed sockets release objects only in the next one. */
async function heapInUse(): Promise<number> {
  for (let pass = 0; pass < 4; pass += 1) {
    await turn();
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

let database: TestDatabase;
let admin: pg.Client;
let store: InMemoryTenantStore;
let slugs: string[];
let ambient: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  slugs = Array.from({ length: TENANTS }, (_, index) => `t${index}`);
  store = new InMemoryTenantStore();
  for (const slug of slugs) await store.create({ slug });
  await prepareHomes(database, [], { roles: PREFIX });
  // In batches, because a transaction holds a lock for each table it creates.
  const homes = await Promise.all(slugs.map(homeOf));
  while (homes.length > 0) await admin.query(homes.splice(0, 500).join(''));
}, 300_000);

afterEach(() => ambient?.destroy());

afterAll(async () => {
  await admin?.end();
  await database?.drop();
  await dropRoles();
}, 120_000);

/** The same as `TenantHomes` makes, without a round trip for each tenant. */
async function homeOf(slug: string, index: number): Promise<string> {
  const tenant = await store.findBySlug(parseTenantSlug(slug));
  if (!tenant) throw new Error(`There is no tenant ${slug}.`);
  const [role, schema] = [roles.ofTenant(tenant), tenant.schema];
  return `
    create schema ${schema} create table notes (id int primary key, text text not null);
    insert into ${schema}.notes values (${index}, '${slug}');
    create role ${role}; grant ${role} to ${roles.app}; grant ${roles.shared} to ${role};
    grant usage on schema ${schema} to ${role};
    grant select, insert, update, delete on ${schema}.notes to ${role};`;
}

async function dropRoles(): Promise<void> {
  const server = new pg.Client(process.env.ROWHOUSE_TEST_URL);
  await server.connect();
  await server.query(`do $$ declare name text; begin
    for name in select rolname from pg_roles where starts_with(rolname, '${PREFIX}_') loop
      execute format('drop role %I', name);
    end loop; end $$`);
  await server.end();
}

async function open(maxTenantsPerConnection?: number) {
  ambient = await openTenantDataSource(
    {
      type: 'postgres',
      url: database.loginUrl,
      poolSize: POOL_SIZE,
      entities: [Note],
      applicationName: 'ten-thousand',
    },
    { maxTenantsPerConnection, roles: PREFIX },
  );
  const { master } = ambient.driver as unknown as { master: TenantPool };
  return {
    registry: new DataSourceRegistry({ ambient, directUrl: database.url, tenancy: { roles: PREFIX } }),
    pool: master,
    directory: new TenantDirectory(freshlyRead(store), { feed: false }),
  };
}

/** Each answer is a new object, as from a database, so that the directory's memory is measured. */
function freshlyRead(inner: InMemoryTenantStore): TenantStore {
  return Object.assign(Object.create(inner), {
    findBySlug: async (slug: TenantSlug) => {
      const tenant = await inner.findBySlug(slug);
      return tenant && parseTenant(JSON.parse(JSON.stringify(tenant)));
    },
  });
}

async function touch(list: readonly string[], visit: (slug: string) => Promise<void>): Promise<void> {
  const rest = list[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: POOL_SIZE * 2 }, async () => {
      for (const slug of rest) await visit(slug);
    }),
  );
}

async function connections(): Promise<number> {
  const { rows } = await admin.query(
    "select count(*)::int as n from pg_stat_activity where application_name = 'ten-thousand'",
  );
  return rows[0].n;
}

/** Memory of the largest server process of ours that it shares with no other, in bytes. */
async function largestBackend(): Promise<number> {
  const { rows } = await admin.query(
    "select pid from pg_stat_activity where application_name = 'ten-thousand' and datname = current_database()",
  );
  const sizes = rows.map(({ pid }) => {
    const figures = memoryOf(pid).matchAll(/^Private_\w+:\s+(\d+) kB/gm);
    return [...figures].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
  });
  return Math.max(...sizes);
}

/** Zero for a process that has ended since it was listed. */
function memoryOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch (error) {
    if (['ESRCH', 'ENOENT'].includes((error as { code?: string }).code ?? '')) return '';
    throw error;
  }
}

function find(directory: TenantDirectory, slug: string): Promise<Tenant | undefined> | Tenant {
  return directory.peek('slug', slug) ?? directory.bySlug(slug);
}

describe('ten thousand tenants', () => {
  it('share the connections of the pool, and cost the process less than 2.5 KB each', async () => {
    const { registry, directory } = await open();
    const notes = ambient.getRepository(Note);
    let wrong = 0;
    const visit = async (slug: string) => {
      const tenant = await find(directory, slug);
      if (!tenant) throw new Error(`${slug} is unknown`);
      const own = await TenantContext.run(tenant, () => notes.find());
      const same = await registry.for(tenant).getRepository(Note).find();
      for (const found of [own, same]) if (found.length !== 1 || found[0]?.text !== slug) wrong += 1;
    };

    // Memory that is needed only once: compiled code, connections, the first lists.
    await touch(slugs.slice(0, WARM_UP), visit);
    const before = await heapInUse();
    await touch(slugs.slice(WARM_UP), visit);
    expect(await connections()).toBeLessThanOrEqual(POOL_SIZE);
    const after = await heapInUse();

    expect(wrong).toBe(0);
    expect(registry.stats().pools[0]?.total).toBeLessThanOrEqual(POOL_SIZE);
    const perTenant = (after - before) / (TENANTS - WARM_UP);
    console.info(`heap per tenant touched: ${Math.round(perTenant)} bytes`);
    expect(perTenant).toBeLessThan(2_560);
  }, 300_000);

  // The server's processes are looked at in /proc.
  (process.platform === 'linux' ? it : it.skip)(
    'grow the server processes only until these are recycled',
    async () => {
      const sizes: Record<string, number> = {};
      for (const limit of [100, 100_000]) {
        const { pool, directory } = await open(limit);
        const notes = ambient.getRepository(Note);
        let largest = 0;
        for (let first = 0; first < 4_000; first += 500) {
          await touch(slugs.slice(first, first + 500), async (slug) => {
            const tenant = await find(directory, slug);
            if (tenant) await TenantContext.run(tenant, () => notes.find());
          });
          largest = Math.max(largest, await largestBackend());
        }
        sizes[limit] = largest;
        console.info(
          `largest server process after 4,000 tenants, ${limit} tenants a connection: ${(largest / 1e6).toFixed(1)} MB private; ${pool.stats().recycled} recycled`,
        );
        if (limit === 100) expect(pool.stats().recycled).toBeGreaterThan(10);
        await ambient.destroy();
      }
      // Not half: the memberships of ten thousand roles take some 7 MB in each process, recycled or not.
      expect(sizes[100]).toBeLessThan((sizes[100_000] ?? 0) * 0.7);
      ambient = await openTenantDataSource({ type: 'postgres', url: database.loginUrl });
    },
    300_000,
  );
});
