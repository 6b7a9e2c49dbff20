/** @suite postgres15 */
import {
  Catalog,
  examine,
  type Tenant,
  TenantConflictError,
  TenantContext,
  TenantIdInvalidError,
  TenantNotFoundError,
} from '@rowhouse/core';
import { lockKeyOf, OperatorEntry } from '@rowhouse/core/internal';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import type { Fleet } from '../fleet/fleet.js';

const products = migration('Products1757000000001', [
  'create table products (id serial primary key, name text not null)',
  `insert into products (name) values ('sample')`,
]);
const view = migration('View1757000000002', ['create view cheap as select * from products']);

let deployment: Deployment;
let fleet: Fleet;

beforeEach(async () => {
  deployment = await openDeployment({ migrations: [products, view] });
  fleet = await deployment.fleet();
});
afterEach(() => deployment.close());

/** Everything that exists for tenants: catalog rows, schemas, databases and roles. */
async function traces(): Promise<string[]> {
  const { rows } = await deployment.catalog.query<{ trace: string }>(
    `select 'tenant ' || slug || ' ' || status as trace from rowhouse.tenants
     union all select 'schema ' || nspname from pg_namespace where nspname like 'tenant\\_%' or (nspname like 'rowhouse\\_%' and nspname <> 'rowhouse_jobs')
     union all select 'role' from pg_roles where rolname ~ ('^' || $1 || '_[0-9a-f]{32}$')
     union all select 'operation ' || kind from rowhouse.tenant_operations
     union all select 'database ' from pg_database where datname like 'tenant\\_%' and datname like '%' || $1
     order by 1`,
    [deployment.prefix],
  );
  return rows.map(({ trace }) => trace);
}

const eventsOf = async ({ id }: Pick<Tenant, 'id'>): Promise<string[]> => {
  const { rows } = await deployment.catalog.query<{ type: string }>(
    'select type from rowhouse.tenant_events where tenant_id = $1 order by id',
    [id],
  );
  return rows.map(({ type }) => type);
};

const read = (tenant: Tenant) => deployment.registry.for(tenant).query('select name from cheap order by id');

describe('a new tenant', () => {
  it.each(['schema', 'row', 'database'] as const)(
    'with isolation %s is active, and its app works',
    async (isolation) => {
      const tenant = await fleet.tenants.create({
        slug: 'acme',
        isolation,
        plan: 'pro',
        metadata: { region: 'eu' },
      });
      expect(tenant).toMatchObject({ slug: 'acme', name: 'acme', status: 'active', isolation, plan: 'pro' });
      expect(await eventsOf(tenant)).toEqual(['created']);
      if (isolation !== 'row') expect(await read(tenant)).toEqual([{ name: 'sample' }]);
      expect(await fleet.migrations.status()).toMatchObject({ tenants: 1, behind: 0 });
    },
  );

  it('is created once when many create its slug at the same time; the others get a conflict', async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () => fleet.tenants.create({ slug: 'acme' })),
    );
    const refused = asked.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(7);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TENANT_CONFLICT', status: 409 });
    expect(await traces()).toEqual(['role', 'schema tenant_acme', 'tenant acme active']);
    expect(await fleet.tenants.create({ slug: 'acme', ifNotExists: true })).toMatchObject({ slug: 'acme' });
  });

  it('runs the classes for the first two tenants, and scripts for the others', async () => {
    const asked = { times: 0 };
    class Counted1757000000003 implements MigrationInterface {
      async up(runner: QueryRunner) {
        asked.times += 1;
        await runner.query('create table counted (n int)');
      }
      async down() {}
    }
    const other = await deployment.fleet([products, view, Counted1757000000003]);
    for (const slug of ['a', 'b', 'c', 'd']) await other.tenants.create({ slug });
    expect(asked.times).toBe(2);
    const tenant = await other.tenants.find('d');
    expect(await read(tenant)).toEqual([{ name: 'sample' }]);
    const owner = await deployment.registry.directFor(tenant);
    expect(await owner.query('select name from migrations order by id')).toHaveLength(3);
    expect(await owner.query('select last_value::int from products_id_seq')).toEqual([{ last_value: 1 }]);
  });

  it.each<[string, string, unknown]>([
    ['a reserved slug', 'www', TenantConflictError],
    ['an upper-case slug', 'Acme', TenantIdInvalidError],
    ['an underscore', 'a_b', TenantIdInvalidError],
    ['unicode', 'zürich', TenantIdInvalidError],
    ['an injection', `a'; drop schema x`, TenantIdInvalidError],
    ['49 characters', 'a'.repeat(49), TenantIdInvalidError],
    ['nothing', '', TenantIdInvalidError],
  ])('is refused with %s', async (_what, slug, error) => {
    await expect(fleet.tenants.create({ slug })).rejects.toThrow(error as new () => Error);
    expect(await traces()).toEqual([]);
  });

  it.each(['schema', 'database'] as const)(
    'may have the longest slug, with isolation %s',
    async (isolation) => {
      for (const slug of ['a'.repeat(48), `${'a'.repeat(47)}-`]) {
        const tenant = await fleet.tenants.create({ slug, isolation, name: 'Zürich 東京 🏠' });
        expect(await read(tenant)).toEqual([{ name: 'sample' }]);
      }
    },
  );

  it('leaves nothing when a migration fails, and the error names the migration', async () => {
    const broken = await deployment.fleet([
      products,
      migration('Broken1757000000003', ['create table x (y nonsense)']),
    ]);
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(broken.tenants.create({ slug: 'acme' })).rejects.toThrow(
        /Broken1757000000003: .*nonsense/,
      );
    expect(await traces()).toEqual([]);
  });

  it('leaves nothing when it is stopped before its transaction is committed', async () => {
    const stop = new AbortController();
    const stopping = migration('Stopping1757000000003', ['select 1']);
    stopping.prototype.up = async () => stop.abort(new Error('stopped'));
    const last = migration('Last1757000000004', ['create table never (id int)']);
    const other = await deployment.fleet([products, stopping, last]);
    const created = other.tenants.create({ slug: 'acme' }, { signal: stop.signal });
    await expect(created).rejects.toThrow('stopped');
    expect(await traces()).toEqual([]);
    await expect(other.tenants.create({ slug: 'acme' }, { signal: stop.signal })).rejects.toThrow('stopped');
    expect(await traces()).toEqual([]);
  });

  it('is left to repair when it is stopped between its steps', async () => {
    const stop = new AbortController();
    const onStep = (step: string) => step === 'migrations' && stop.abort(new Error('stopped'));
    const wanted = { slug: 'acme', isolation: 'database' } as const;
    const other = await deployment.fleet(undefined, { seed: async () => {} });
    await expect(other.tenants.create(wanted, { signal: stop.signal, onStep })).rejects.toThrow('stopped');
    expect(await other.tenants.find('acme')).toMatchObject({ status: 'failed' });
    expect((await other.tenants.repair()).repaired).toEqual([{ slug: 'acme', did: 'created' }]);
    await other.tenants.delete('acme');
    await other.tenants.purge('acme', { confirm: 'acme', beforeRetentionEnds: true });
  });

  it('is refused if its schema exists without a tenant, with a remedy', async () => {
    await deployment.catalog.query('create schema tenant_acme');
    await expect(fleet.tenants.create({ slug: 'acme' })).rejects.toThrow(
      /schema "tenant_acme" that belongs to no tenant/,
    );
    expect(await traces()).toEqual(['schema tenant_acme']);
  });

  it('is created in steps if a migration cannot share a transaction', async () => {
    const vacuum = migration('Vacuum1757000000003', ['vacuum products'], [], { transaction: false });
    const other = await deployment.fleet([products, vacuum, view]);
    const tenant = await other.tenants.create({ slug: 'acme' });
    expect(tenant.status).toBe('active');
    expect(await read(tenant)).toEqual([{ name: 'sample' }]);
    expect(await traces()).toEqual(['role', 'schema tenant_acme', 'tenant acme active']);
  });
});

describe('the isolation of new tenants', () => {
  it('holds however a home was made: by classes, by script, prewarmed, as a database', async () => {
    const unguarded = await openDeployment({
      migrations: [products, view],
      pool: { guard: { mode: 'off' } },
    });
    try {
      const { tenants } = await unguarded.fleet();
      const made = [await tenants.create({ slug: 'classes' }), await tenants.create({ slug: 'sample' })];
      made.push(await tenants.create({ slug: 'script' }));
      await tenants.prewarm({ size: 1 });
      made.push(await tenants.create({ slug: 'pool' }));
      const apart = await tenants.create({ slug: 'apart', isolation: 'database' });
      for (const tenant of [...made, apart]) {
        const own = unguarded.registry.for(tenant);
        await own.query('insert into products (name) values ($1)', [tenant.slug]);
        expect(await own.query('select name from products order by id')).toEqual([
          { name: 'sample' },
          { name: tenant.slug },
        ]);
        for (const other of made.filter(({ id }) => id !== tenant.id))
          await expect(own.query(`select name from ${other.schema}.products`)).rejects.toMatchObject({
            driverError: { code: tenant === apart ? '42P01' : '42501' },
          });
      }
    } finally {
      await unguarded.close();
    }
  });
});

describe('the record of migrations', () => {
  const refused = { driverError: { code: '42501' } };

  it.each([undefined, 'Done So Far'])(
    'is read and not written by its tenant, however the home was made, under the name %s',
    async (migrationsTableName) => {
      const unguarded = await openDeployment({
        migrations: [products],
        pool: { guard: { mode: 'off' } },
        migrationsTableName,
      });
      try {
        const { tenants } = await unguarded.fleet();
        const made = [await tenants.create({ slug: 'classes' }), await tenants.create({ slug: 'sample' })];
        made.push(await tenants.create({ slug: 'script' }));
        await tenants.prewarm({ size: 1 });
        made.push(await tenants.create({ slug: 'pool' }));
        made.push(await tenants.create({ slug: 'apart', isolation: 'database' }));
        const vacuum = migration('Vacuum1757000000003', ['vacuum products'], [], { transaction: false });
        const inSteps = await unguarded.fleet([products, vacuum]);
        made.push(await inSteps.tenants.create({ slug: 'steps' }));
        const table = migrationsTableName ? '"Done So Far"' : 'migrations';
        for (const tenant of made) {
          const own = unguarded.registry.for(tenant);
          const expectReadOnly = async () => {
            expect(await own.query(`select name from ${table} order by id limit 1`)).toEqual([
              { name: products.name },
            ]);
            for (const text of [
              `insert into ${table} ("timestamp", name) values (1, 'Other')`,
              `update ${table} set name = 'Other'`,
              `delete from ${table}`,
              `truncate ${table}`,
              `select setval(pg_get_serial_sequence('${table}', 'id'), 1)`,
            ])
              await expect(own.query(text)).rejects.toMatchObject(refused);
          };
          await expectReadOnly();
          // As a release left it before.
          const owner = await unguarded.registry.directFor(tenant);
          const role = unguarded.registry.homes.roles?.ofTenant(tenant);
          await owner.query(`grant all on ${table} to "${role}"`);
          await unguarded.registry.homes.prepare(tenant);
          await expectReadOnly();
        }
        const { checks } = await examine({
          app: { connectionString: unguarded.database.loginUrl, ...unguarded.tenancy },
          owner: { url: unguarded.database.ownerUrl },
        });
        expect(checks.find(({ id }) => id === 'grants.missing')).toMatchObject({ status: 'pass' });
        expect(await inSteps.migrations.run({})).toMatchObject({ state: 'succeeded', failed: 0 });
        expect(await inSteps.migrations.revert({ steps: 1 })).toMatchObject({ state: 'succeeded' });
      } finally {
        await unguarded.close();
      }
    },
  );
});

describe('a seed', () => {
  it('fills the tables as the tenant, before it is active', async () => {
    const seeded = await deployment.fleet([products, view], {
      seed: async (manager, tenant) => {
        const [{ role }] = await manager.query('select current_user as role');
        await manager.query('insert into products (name) values ($1)', [
          `${tenant.slug} ${tenant.status} ${role.includes(tenant.id.replaceAll('-', ''))}`,
        ]);
      },
    });
    for (const isolation of ['schema', 'database'] as const) {
      const tenant = await seeded.tenants.create({ slug: isolation, isolation });
      expect(tenant.status).toBe('active');
      expect(await read(tenant)).toEqual([{ name: 'sample' }, { name: `${isolation} provisioning true` }]);
    }
  });

  it('that fails leaves the tenant failed, and it can be repaired or undone', async () => {
    let isBroken = true;
    const seeded = await deployment.fleet([products, view], {
      seed: async (manager) => {
        await manager.query(`insert into products (name) values ('seed')`);
        if (isBroken) throw new Error('no seed today');
      },
    });
    for (const slug of ['acme', 'globex'])
      await expect(seeded.tenants.create({ slug })).rejects.toThrow('no seed today');
    expect((await traces()).filter((trace) => trace.startsWith('tenant'))).toEqual([
      'tenant acme failed',
      'tenant globex failed',
    ]);
    await expect(seeded.tenants.create({ slug: 'acme' })).rejects.toThrow(TenantConflictError);
    expect(await seeded.tenants.repair()).toMatchObject({
      repaired: [],
      failed: [{ slug: 'acme', error: 'no seed today' }, { slug: 'globex' }],
    });

    isBroken = false;
    expect(await seeded.tenants.repair({ tenants: ['acme'] })).toEqual({
      repaired: [{ slug: 'acme', did: 'created' }],
      failed: [],
      busy: [],
    });
    expect(await read(await seeded.tenants.find('acme'))).toEqual([{ name: 'sample' }, { name: 'seed' }]);
    expect(await seeded.tenants.repair({ undo: true })).toMatchObject({
      repaired: [{ slug: 'globex', did: 'undone' }],
    });
    expect(await traces()).toEqual(['role', 'schema tenant_acme', 'tenant acme active']);
    expect(await eventsOf(await seeded.tenants.find('acme'))).toEqual(['failed', 'failed', 'created']);
  });
});

describe('prewarmed homes', () => {
  it('are assigned to new tenants', async () => {
    const ready: number[] = [];
    expect(await fleet.tenants.prewarm({ size: 3 }, { onProgress: (n) => ready.push(n) })).toEqual({
      ready: 3,
      made: 3,
      removed: 0,
    });
    expect(ready).toEqual([1, 2, 3]);
    expect(await fleet.tenants.prewarm({ size: 3 })).toEqual({ ready: 3, made: 0, removed: 0 });
    const { rows: spares } = await deployment.catalog.query(
      'select id from rowhouse.prewarmed_homes order by created_at',
    );
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((slug) => fleet.tenants.create({ slug })));
    expect(made.map(({ id }) => id)).toEqual(expect.arrayContaining(spares.map(({ id }) => id)));
    for (const tenant of made) expect(await read(tenant)).toEqual([{ name: 'sample' }]);
    expect(await traces()).toEqual([
      ...Array.from({ length: 4 }, () => 'role'),
      ...['a', 'b', 'c', 'd'].map((slug) => `schema tenant_${slug}`),
      ...['a', 'b', 'c', 'd'].map((slug) => `tenant ${slug} active`),
    ]);
    expect(await fleet.migrations.run()).toMatchObject({ total: 0 });
  });

  it('bring their functions along, which find the tables of the tenant', async () => {
    const functions = migration('Functions1757000000003', [
      `create function names() returns setof text language sql set search_path from current as 'select name from products'`,
      'create aggregate total (int) (sfunc = int4pl, stype = int)',
    ]);
    const other = await deployment.fleet([products, functions]);
    await other.tenants.prewarm({ size: 1 });
    const { rows } = await deployment.catalog.query('select id from rowhouse.prewarmed_homes');
    const tenant = await other.tenants.create({ slug: 'acme' });
    expect([{ id: tenant.id }]).toEqual(rows);
    expect(await deployment.registry.for(tenant).query('select * from names()')).toEqual([
      { names: 'sample' },
    ]);
    expect(await other.drift()).toMatchObject({ compared: 1, drifted: [], failed: [] });
  });

  it('are kept when a slug is taken, and not used for another version or a chosen id', async () => {
    await fleet.tenants.prewarm({ size: 1 });
    await fleet.tenants.create({ slug: 'chosen', id: '11111111-1111-4111-8111-111111111111' });
    await expect(fleet.tenants.create({ slug: 'chosen' })).rejects.toThrow(TenantConflictError);
    const newer = await deployment.fleet([
      products,
      view,
      migration('More1757000000009', ['create table more (n int)']),
    ]);
    await newer.tenants.create({ slug: 'newer' });
    expect(await fleet.tenants.prewarm({ size: 1 })).toMatchObject({ ready: 1, made: 0 });
    expect(await newer.tenants.prewarm({ size: 1 })).toEqual({ ready: 1, made: 1, removed: 1 });
  });
});

describe('the life of a tenant', () => {
  it('allows the documented changes of status, and calls the hooks', async () => {
    const { id } = await fleet.tenants.create({ slug: 'acme' });
    const { tenants } = fleet;
    expect(await tenants.suspend('acme')).toMatchObject({ status: 'suspended' });
    expect(await tenants.suspend(id)).toMatchObject({ status: 'suspended' });
    await expect(tenants.maintenance('acme')).rejects.toThrow(
      /"acme" is suspended, and cannot become maintenance/,
    );
    expect(await tenants.activate('acme')).toMatchObject({ status: 'active' });
    expect(await tenants.maintenance('acme')).toMatchObject({ status: 'maintenance' });
    expect(await tenants.archive('acme')).toMatchObject({ status: 'archived' });
    expect(await tenants.update('acme', { plan: 'pro', name: 'Acme Inc.' })).toMatchObject({
      plan: 'pro',
      name: 'Acme Inc.',
    });
    await expect(tenants.update('acme', {})).rejects.toThrow('expected name, plan or metadata');
    await expect(tenants.find('globex')).rejects.toThrow(TenantNotFoundError);
    expect(await eventsOf({ id })).toEqual([
      'created',
      'suspended',
      'activated',
      'maintenance',
      'archived',
      'updated',
    ]);
  });

  it('is written down with who changed it', async () => {
    const by = { type: 'user', id: 'ada@example.test' };
    const operator = { type: 'operator', id: 'root@host' };
    const { tenants } = fleet;
    const { id } = await tenants.create({ slug: 'acme' }, { by });
    await tenants.update('acme', { name: 'Acme' }, { by });
    await tenants.suspend('acme', { by });
    await tenants.activate('acme', { by });
    await tenants.maintenance('acme', { by });
    await tenants.archive('acme', { by });
    await tenants.delete('acme', {}, { by });
    await tenants.restore('acme', { by });
    await tenants.delete('acme');
    await tenants.purge('acme', { confirm: 'acme', beforeRetentionEnds: true }, { by: operator });
    const { rows } = await deployment.pool.query(
      'select type, actor from rowhouse.tenant_events where tenant_id = $1 order by id',
      [id],
    );
    expect(rows.map(({ type, actor }) => [type, actor])).toEqual([
      ...[
        'created',
        'updated',
        'suspended',
        'activated',
        'maintenance',
        'archived',
        'deleted',
        'restored',
      ].map((type) => [type, by]),
      ['deleted', null],
      ['purged', operator],
    ]);
  });

  it('refuses an actor that is none, and changes nothing', async () => {
    await fleet.tenants.create({ slug: 'acme' });
    const nobody = fleet.tenants.suspend('acme', { by: { type: '', id: 'x' } });
    await expect(nobody).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(await fleet.tenants.find('acme')).toMatchObject({ status: 'active' });
  });

  it('migrates an archived tenant when it is activated', async () => {
    await fleet.tenants.create({ slug: 'acme' });
    await fleet.tenants.archive('acme');
    const newer = await deployment.fleet([
      products,
      view,
      migration('More1757000000009', ['create table more (n int)']),
    ]);
    expect(await newer.migrations.run()).toMatchObject({ total: 0 });
    const tenant = await newer.tenants.activate('acme');
    expect(await deployment.registry.for(tenant).query('select * from more')).toEqual([]);
  });

  it.each(['schema', 'row', 'database'] as const)(
    'ends: deleted, restored, purged with isolation %s',
    async (isolation) => {
      const { tenants } = fleet;
      const tenant = await tenants.create({ slug: 'acme', isolation });
      const other = await tenants.create({ slug: 'globex', isolation });
      await tenants.suspend('acme');
      const { purgeAfter } = await tenants.delete('acme', { retentionDays: 7 });
      expect(Math.round((purgeAfter.getTime() - Date.now()) / 86_400_000)).toBe(7);
      await expect(tenants.purge('acme', { confirm: 'acme' })).rejects.toThrow(/can be restored until/);
      expect(await tenants.restore('acme')).toMatchObject({ status: 'suspended' });
      await expect(tenants.restore('acme')).rejects.toThrow(TenantConflictError);
      await expect(tenants.purge('acme', { confirm: 'acme' })).rejects.toThrow(
        /cannot be purged; delete it first/,
      );
      await tenants.delete('acme', { retentionDays: 7 });
      await expect(tenants.purge('acme', { confirm: 'globex', beforeRetentionEnds: true })).rejects.toThrow(
        /confirm with its slug/,
      );
      await tenants.purge('acme', { confirm: 'acme', beforeRetentionEnds: true });
      await expect(tenants.find('acme')).rejects.toThrow(TenantNotFoundError);
      expect(await eventsOf(tenant)).toEqual([
        'created',
        'suspended',
        'deleted',
        'restored',
        'deleted',
        'purged',
      ]);
      expect((await traces()).filter((trace) => /acme/.test(trace))).toEqual([]);
      if (isolation !== 'row') expect(await read(other)).toEqual([{ name: 'sample' }]);

      await tenants.delete('globex', { retentionDays: 0 });
      expect(await tenants.purgeExpired()).toEqual({ purged: ['globex'], failed: [] });
      expect(await traces()).toEqual([]);
      expect(await tenants.create({ slug: 'acme', isolation })).toMatchObject({ status: 'active' });
    },
  );

  it('purges the other expired tenants when something stands in the way of one, which can be restored', async () => {
    const { tenants } = fleet;
    await tenants.create({ slug: 'acme' });
    await tenants.create({ slug: 'globex' });
    await deployment.catalog.query('create view public.theirs as select * from tenant_acme.products');
    for (const slug of ['acme', 'globex']) await tenants.delete(slug, { retentionDays: 0 });
    expect(await tenants.purgeExpired()).toEqual({
      purged: ['globex'],
      failed: [{ slug: 'acme', error: expect.stringContaining('view public.theirs') }],
    });
    const acme = await tenants.restore('acme');
    expect(await read(acme)).toEqual([{ name: 'sample' }]);
  });

  it('finishes an interrupted purge by repair', async () => {
    await fleet.tenants.create({ slug: 'acme' });
    await deployment.catalog.query(
      `update rowhouse.tenants set status = 'deleting';
       insert into rowhouse.tenant_operations (tenant_id, kind, step) select id, 'purge', 'purge' from rowhouse.tenants;
       drop view tenant_acme.cheap`,
    );
    expect(await fleet.tenants.repair()).toEqual({
      repaired: [{ slug: 'acme', did: 'purged' }],
      failed: [],
      busy: [],
    });
    expect(await traces()).toEqual([]);
  });

  it('skips a tenant that another process is working on', async () => {
    const { id } = await fleet.tenants.create({ slug: 'acme' });
    await deployment.catalog.query(`update rowhouse.tenants set status = 'deleting'`);
    const other = new Catalog({ url: deployment.database.url });
    await other.whileLocked(lockKeyOf('tenant', id), async () => {
      expect(await fleet.tenants.repair()).toEqual({ repaired: [], failed: [], busy: ['acme'] });
    });
    await other.close();
  });

  it.each([false, true])(
    'leaves a tenant alone that another process finishes before its lock is taken (undo: %s)',
    async (undo) => {
      const acme = await fleet.tenants.create({ slug: 'acme' });
      const { catalog } = deployment;
      await catalog.query(`update rowhouse.tenants set status = 'failed'`);
      const whileLocked = catalog.whileLocked.bind(catalog);
      catalog.whileLocked = async (key, work) => {
        await catalog.query(`update rowhouse.tenants set status = 'active'`);
        return whileLocked(key, work);
      };
      expect(await fleet.tenants.repair({ undo })).toEqual({ repaired: [], failed: [], busy: [] });
      expect(await traces()).toEqual(['role', 'schema tenant_acme', 'tenant acme active']);
      expect(await read(acme)).toEqual([{ name: 'sample' }]);
      expect(await eventsOf(acme)).toEqual(['created']);
    },
  );
});

it("under an operator's entry that may write, only the tenant that it is for is changed", async () => {
  const [acme] = [
    await fleet.tenants.create({ slug: 'acme' }),
    await fleet.tenants.create({ slug: 'other' }),
  ];
  const facts = {
    id: acme.id,
    tenantId: acme.id,
    operator: { type: 'operator', id: 'olga' },
    reason: 'Ticket 4711',
  };
  const entry = new OperatorEntry({ ...facts, readOnly: false, expiresAt: new Date() }, 60_000);
  const asOperator = <T>(work: () => Promise<T>) => TenantContext.run(acme, work, { entry });
  const { tenants } = fleet;
  for (const work of [
    () => tenants.suspend('other'),
    () => tenants.update('other', { name: 'Mine' }),
    () => tenants.delete('other'),
    () => tenants.purge('other', { confirm: 'other', beforeRetentionEnds: true }),
    () => tenants.create({ slug: 'another' }),
    () => tenants.purgeExpired(),
    () => tenants.repair(),
  ])
    await expect(asOperator<unknown>(work)).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
  expect(await asOperator(() => tenants.suspend('acme'))).toMatchObject({ status: 'suspended' });
  expect(await tenants.find('other')).toMatchObject({ status: 'active', name: 'other' });
  entry.end();
});
