/** @suite citus */
import { parseTenantSlug, type Tenant, TenantContext, TenantPool } from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { createCitusDatabase } from '../support/citus-database.js';

const FIRST = [
  migration(
    'Notes1700000000001',
    [
      'create table notes (id serial primary key, body text not null)',
      'create index notes_body_idx on notes (body)',
    ],
    ['drop table notes'],
  ),
];
const SECOND = [
  ...FIRST,
  migration(
    'Authors1700000000002',
    [
      'create table authors (id uuid primary key default gen_random_uuid(), name text)',
      'alter table notes add column author_id uuid constraint notes_author_fk references authors (id)',
    ],
    ['alter table notes drop column author_id', 'drop table authors'],
  ),
];

let deployment: Deployment;

beforeAll(async () => {
  deployment = await openDeployment({ migrations: FIRST, database: await createCitusDatabase() });
});

afterAll(() => deployment?.close());

async function find(slug: string): Promise<Tenant> {
  const tenant = await deployment.store.findBySlug(parseTenantSlug(slug));
  if (!tenant) throw new Error(`There is no tenant ${slug}.`);
  return tenant;
}

function query(tenant: Tenant, text: string, values?: unknown[]): Promise<unknown> {
  return TenantContext.run(tenant, () => deployment.registry.for(tenant).query(text, values));
}

/** How many nodes the tables of a schema are on, and their shards. */
async function shardsOf(schema: string): Promise<{ nodes: number; shards: number }> {
  const { rows } = await deployment.pool.query(
    `select count(distinct nodeport)::int as nodes, count(*)::int as shards from citus_shards
      where table_name::text like $1 || '.%'`,
    [schema],
  );
  return rows[0];
}

describe('the life of a tenant on Citus', () => {
  it('begins with a schema whose tables are on one worker', async () => {
    const fleet = await deployment.fleet();
    const tenants: Tenant[] = [];
    for (const slug of ['acme', 'globex']) tenants.push(await fleet.tenants.create({ slug }));
    for (const tenant of tenants) {
      expect(await find(tenant.slug)).toMatchObject({ status: 'active' });
      expect(await shardsOf(tenant.schema)).toEqual({ nodes: 1, shards: 2 });
      await query(tenant, 'insert into notes (body) values ($1)', [tenant.slug]);
    }
    for (const tenant of tenants)
      expect(await query(tenant, 'select id, body from notes')).toEqual([{ id: 1, body: tenant.slug }]);
  });

  it('names the constraints of the application in errors, not those of shards', async () => {
    const twice = query(await find('acme'), "insert into notes (id, body) values (1, 'again')");
    await expect(twice).rejects.toMatchObject({
      driverError: { code: '23505', constraint: 'notes_pkey' },
    });
  });

  it('leaves the catalog on the coordinator', async () => {
    const { rows } = await deployment.pool.query(
      `select count(*)::int as tables from pg_dist_partition p join pg_class c on c.oid = p.logicalrelid
        where c.relnamespace = 'rowhouse'::regnamespace`,
    );
    expect(rows).toEqual([{ tables: 0 }]);
  });

  it('goes on through migrations and their way back, without drift', async () => {
    const fleet = await deployment.fleet(SECOND);
    const inOrder = { compared: 2, drifted: [], unknown: [], failed: [] };
    expect(await fleet.migrations.run()).toMatchObject({ failed: 0, done: 2 });
    const acme = await find('acme');
    const writing = `with a as (insert into authors (name) values ('Ann') returning id)
      insert into notes (body, author_id) select 'more', id from a returning body`;
    expect(await query(acme, writing)).toEqual([{ body: 'more' }]);
    expect(await fleet.drift()).toEqual(inOrder);
    expect(await fleet.migrations.revert()).toMatchObject({ failed: 0, done: 2 });
    await expect(query(acme, writing)).rejects.toMatchObject({ driverError: { code: '42P01' } });
    const before = await deployment.fleet(FIRST);
    expect(await before.drift()).toEqual(inOrder);
  });

  it('lets nobody into the tables of another tenant', async () => {
    const [acme, globex] = [await find('acme'), await find('globex')];
    const pool = new TenantPool({
      connectionString: deployment.database.loginUrl,
      ...deployment.tenancy,
      guard: { mode: 'off' },
    });
    try {
      for (const text of [
        `select * from "${globex.schema}".notes`,
        `insert into "${globex.schema}".notes (body) values ('acme was here')`,
        `truncate "${globex.schema}".notes`,
      ])
        await expect(pool.for(acme).query(text)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await pool.end();
    }
  });

  it('begins sooner with a prewarmed home, and removes those of an earlier release', async () => {
    const fleet = await deployment.fleet();
    expect(await fleet.tenants.prewarm({ size: 2 })).toEqual({ ready: 2, made: 2, removed: 0 });
    const hooli = await fleet.tenants.create({ slug: 'hooli' });
    expect(await fleet.tenants.prewarm({ size: 0 })).toMatchObject({ ready: 1 });
    await query(hooli, 'insert into notes (body) values ($1)', ['prewarmed']);
    expect(await query(hooli, 'select body from notes')).toEqual([{ body: 'prewarmed' }]);
    expect(await shardsOf(hooli.schema)).toEqual({ nodes: 1, shards: 2 });
    const next = await deployment.fleet(SECOND);
    expect(await next.tenants.prewarm({ size: 0 })).toEqual({ ready: 0, made: 0, removed: 1 });
    expect(await fleet.drift({ tenants: ['hooli'] })).toMatchObject({ compared: 1, drifted: [], failed: [] });
  });

  it('ends with a purge that leaves nothing on the workers', async () => {
    const fleet = await deployment.fleet();
    const { id, schema } = await find('globex');
    await fleet.tenants.delete('globex');
    await fleet.tenants.purge('globex', { confirm: 'globex', beforeRetentionEnds: true });
    const role = rolesOf(deployment.prefix).ofTenant({ id });
    const { rows } = await deployment.pool.query('select result from run_command_on_workers($1)', [
      `select (select count(*) from pg_namespace where nspname = '${schema}') + (select count(*) from pg_roles where rolname = '${role}')`,
    ]);
    expect(rows).toEqual(Array(2).fill({ result: '0' }));
  });
});
