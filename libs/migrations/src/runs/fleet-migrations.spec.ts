/** @suite postgres15 */
import { jest } from '@jest/globals';
import { type Tenant } from '@rowhouse/core';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { until } from '../../../../test/support/until.js';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import { MigrationConflictError, MigrationRunNotFoundError } from '../errors.js';
import { GroupSizes } from '../migrate/group-sizes.js';
import { RunLedger } from './run-ledger.js';
import type { RunProgress } from './run-types.js';

const products = migration(
  'Products1757000000001',
  ['create table products (id serial primary key, name text not null)'],
  ['drop table products'],
);
const orders = migration(
  'Orders1757000000002',
  [
    `create type order_status as enum ('new', 'paid')`,
    'create table orders (id serial primary key, product_id int references products, status order_status)',
  ],
  ['drop table orders', 'drop type order_status'],
);
const price = migration(
  'Price1757000000003',
  ['alter table products add price int', 'create index products_price_idx on products (price)'],
  ['alter table products drop price'],
);
const unique = migration(
  'UniqueName1757000000004',
  ['alter table products add constraint products_name_key unique (name)'],
  ['alter table products drop constraint products_name_key'],
);

let deployment: Deployment;
let tenants: Tenant[];

/** The history in the tenant's own table. */
async function historyOf(tenant: Tenant): Promise<string[]> {
  const dataSource = await deployment.registry.directFor(tenant);
  const rows: { name: string }[] = await dataSource.query('select name from migrations order by id');
  return rows.map(({ name }) => name.slice(0, -13));
}

const insertTwins = async (tenant: Tenant) =>
  (await deployment.registry.directFor(tenant)).query(
    `insert into products (name) values ('twin'), ('twin')`,
  );

beforeEach(async () => {
  deployment = await openDeployment({ migrations: [products] });
  tenants = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await deployment.close();
});

async function openTenants(count: number, classes = [products]) {
  const fleet = await deployment.fleet(classes);
  for (let index = 0; index < count; index += 1)
    tenants.push(await fleet.tenants.create({ slug: `t${String(index).padStart(2, '0')}` }));
  return fleet;
}

describe('a run', () => {
  it('migrates tenants of every isolation, row tenants once', async () => {
    const before = await deployment.fleet([products]);
    for (const isolation of ['schema', 'database', 'row'] as const)
      tenants.push(await before.tenants.create({ slug: isolation, isolation }));
    tenants.push(await before.tenants.create({ slug: 'row-2', isolation: 'row' }));

    const fleet = await deployment.fleet([products, orders, price]);
    expect(await fleet.migrations.status()).toMatchObject({ tenants: 4, behind: 4 });
    const report = await fleet.migrations.run();
    expect(report).toMatchObject({ state: 'succeeded', total: 3, done: 3, failed: 0, pending: 0 });
    for (const tenant of tenants) expect(await historyOf(tenant)).toEqual(['Products', 'Orders', 'Price']);
    expect(await fleet.migrations.status()).toMatchObject({ tenants: 4, behind: 0 });
  });

  it('takes one query when there is nothing to do', async () => {
    const fleet = await openTenants(3);
    const query = jest.spyOn(pg.Pool.prototype, 'query');
    const connect = jest.spyOn(pg.Pool.prototype, 'connect');
    try {
      expect(await fleet.migrations.run()).toMatchObject({ id: undefined, state: 'succeeded', total: 0 });
      expect(query).toHaveBeenCalledTimes(1);
      expect(connect).toHaveBeenCalledTimes(1);
    } finally {
      query.mockRestore();
      connect.mockRestore();
    }
    expect(await fleet.migrations.runs()).toEqual([]);
  });

  it('runs the classes in two homes with the same change, and scripts in the others', async () => {
    await openTenants(8);
    const asked = { times: 0 };
    class Counted1757000000009 implements MigrationInterface {
      async up(runner: QueryRunner) {
        asked.times += 1;
        await runner.query('alter table products add counted int');
      }
      async down() {}
    }
    const fleet = await deployment.fleet([products, Counted1757000000009]);
    expect(await fleet.migrations.run()).toMatchObject({ done: 8 });
    expect(asked.times).toBe(2);
    for (const tenant of tenants) expect(await historyOf(tenant)).toEqual(['Products', 'Counted']);
  });

  it('changes homes with the same script in common transactions', async () => {
    const { worked } = GroupSizes.prototype;
    // As on a machine that is quick.
    jest.spyOn(GroupSizes.prototype, 'worked').mockImplementation(function quick(
      this: GroupSizes,
      key,
      homes,
    ) {
      worked.call(this, key, homes, 1);
    });
    await openTenants(14);
    const fleet = await deployment.fleet([products, price]);
    expect(await fleet.migrations.run({ concurrency: 1 })).toMatchObject({ done: 14 });
    const transactions = new Set<string>();
    for (const tenant of tenants) {
      const dataSource = await deployment.registry.directFor(tenant);
      const [row]: { id: string }[] = await dataSource.query(
        `select xmin::text as id from migrations where name like 'Price%'`,
      );
      transactions.add(row?.id ?? '');
      expect(await historyOf(tenant)).toEqual(['Products', 'Price']);
    }
    // Two by the classes, then 1, 2, 4 and the rest.
    expect(transactions.size).toBeLessThan(10);
    const homes = await fleet.migrations.homes((await fleet.migrations.runs())[0]?.id as string);
    expect(homes.map(({ state, attempts }) => [state, attempts])).toEqual(tenants.map(() => ['done', 1]));
  });

  it('passes over a home that is in use, and migrates it when it is free', async () => {
    await openTenants(14);
    const last = tenants.at(-1) as Tenant;
    const fleet = await deployment.fleet([products, price]);
    const blocker = (await deployment.registry.directFor(last)).createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('lock table products in access share mode');
    try {
      const seen: string[] = [];
      const report = await fleet.migrations.run(
        { concurrency: 1, lockTimeoutMs: 300 },
        {
          onProgress: ({ home }) => {
            if (!home) return;
            seen.push(home.label);
            if (seen.length === tenants.length - 1) void blocker.commitTransaction();
          },
        },
      );
      expect(report).toMatchObject({ state: 'succeeded', done: 14 });
      expect(seen).toEqual(tenants.map(({ slug }) => slug));
    } finally {
      await blocker.release();
    }
    expect(await historyOf(last)).toEqual(['Products', 'Price']);
  });

  it('runs the class in each home if it uses data that it reads there', async () => {
    await openTenants(6);
    for (const [index, tenant] of tenants.entries())
      await (await deployment.registry.directFor(tenant)).query('insert into products (name) values ($1)', [
        `p${index}`,
      ]);
    class Upper1757000000009 implements MigrationInterface {
      async up(runner: QueryRunner) {
        const rows: { id: number; name: string }[] = await runner.query('select id, name from products');
        for (const { id, name } of rows)
          await runner.query('update products set name = $1 where id = $2', [name.toUpperCase(), id]);
      }
      async down() {}
    }
    const fleet = await deployment.fleet([products, Upper1757000000009]);
    const plan = await fleet.migrations.plan({ sql: true });
    expect(plan.groups[0]?.sql?.[0]?.dataDependence).toContain('select id, name from products');
    expect(await fleet.migrations.run()).toMatchObject({ done: 6 });
    for (const [index, tenant] of tenants.entries())
      expect(await (await deployment.registry.directFor(tenant)).query('select name from products')).toEqual([
        { name: `P${index}` },
      ]);
  });

  it('rolls back a tenant whose migration fails, continues with the others, reports it, and migrates it by retry', async () => {
    await openTenants(7);
    const [, unlucky] = tenants as [Tenant, Tenant];
    await insertTwins(unlucky);
    const fleet = await deployment.fleet([products, price, unique]);
    const report = await fleet.migrations.run();
    expect(report).toMatchObject({ state: 'failed', done: 6, failed: 1, pending: 0 });
    expect(report.failures).toEqual([
      expect.objectContaining({
        label: unlucky.slug,
        error: expect.stringMatching(/UniqueName1757000000004: .*could not create unique index/),
      }),
    ]);
    expect(await historyOf(unlucky)).toEqual(['Products']);
    expect(await historyOf(tenants[2] as Tenant)).toEqual(['Products', 'Price', 'UniqueName']);

    await (await deployment.registry.directFor(unlucky)).query('delete from products where id = 1');
    expect(await fleet.migrations.retry(report.id as string)).toMatchObject({
      state: 'succeeded',
      done: 7,
      failed: 0,
    });
    expect(await historyOf(unlucky)).toEqual(['Products', 'Price', 'UniqueName']);
  });

  it('runs each migration once per tenant when two runs start at the same time', async () => {
    await openTenants(12);
    const classes = [
      products,
      migration('Log1757000000005', ['create table log (n int)', 'insert into log values (1)']),
    ];
    const fleets = [await deployment.fleet(classes), await deployment.fleet(classes)];
    const reports = await Promise.all(fleets.map((fleet) => fleet.migrations.run()));
    for (const report of reports) expect(report.failures).toEqual([]);
    expect(reports.reduce((sum, { done }) => sum + done, 0)).toBe(12);
    for (const tenant of tenants) {
      expect(await historyOf(tenant)).toEqual(['Products', 'Log']);
      expect(await (await deployment.registry.directFor(tenant)).query('select n from log')).toEqual([
        { n: 1 },
      ]);
    }
  });

  it('migrates a canary and then waves, and pauses when too many homes of a wave fail', async () => {
    await openTenants(10);
    await insertTwins(tenants[0] as Tenant);
    const fleet = await deployment.fleet([products, unique]);
    const report = await fleet.migrations.run({ canary: 20, wave: 50 });
    expect(report).toMatchObject({ state: 'paused', done: 1, failed: 1, pending: 8 });
    expect(report.message).toMatch(/1 of 2 homes of wave 1 failed/);
    await expect(fleet.migrations.resume('00000000-0000-0000-0000-000000000000')).rejects.toThrow(
      MigrationRunNotFoundError,
    );
    expect(await fleet.migrations.resume(report.id as string)).toMatchObject({
      state: 'failed',
      done: 9,
      failed: 1,
    });
    await expect(fleet.migrations.resume(report.id as string)).rejects.toThrow(MigrationConflictError);
  });

  it('starts no further home after a cancel, and can be resumed', async () => {
    await openTenants(9);
    const fleet = await deployment.fleet([products, price]);
    const stop = new AbortController();
    const onProgress = ({ done }: RunProgress) => {
      if (done >= 3) stop.abort();
    };
    const report = await fleet.migrations.run({ concurrency: 1 }, { signal: stop.signal, onProgress });
    expect(report).toMatchObject({ state: 'paused', done: 3, pending: 6 });
    expect(await fleet.migrations.resume(report.id as string)).toMatchObject({ state: 'succeeded', done: 9 });
  });

  it('can be cancelled from another process', async () => {
    await openTenants(4);
    let entered: () => void = () => {};
    const isEntered = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const gate: { open: () => void } = { open: () => {} };
    const isOpen = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    class Slow1757000000009 implements MigrationInterface {
      async up() {
        entered();
        await isOpen;
      }
      async down() {}
    }
    const [fleet, other] = [await deployment.fleet([products, Slow1757000000009]), await deployment.fleet()];
    const { report, finished } = await fleet.migrations.start({ concurrency: 1 });
    const id = report.id as string;
    await isEntered;
    expect(await other.migrations.get(id)).toMatchObject({ state: 'running', isLive: true });
    await expect(other.migrations.resume(id)).rejects.toThrow(MigrationConflictError);
    const looks = jest.spyOn(RunLedger.prototype, 'isCancelRequested');
    try {
      await other.migrations.cancel(id);
      await until(async () =>
        (await Promise.all(looks.mock.results.map(({ value }) => value))).includes(true),
      );
    } finally {
      looks.mockRestore();
    }
    gate.open();
    expect(await finished).toMatchObject({ state: 'cancelled', done: 1, pending: 3 });
  });

  it('is resumed after its process has died', async () => {
    await openTenants(3);
    const fleet = await deployment.fleet([products, price]);
    const first = await fleet.migrations.run({ tenants: ['t00'] });
    // The state after a process was killed: running, with pending homes, and nobody holds the lock.
    await deployment.catalog.query(
      `update rowhouse.migration_runs set state = 'running', finished_at = null;
       insert into rowhouse.migration_run_homes (run_id, home_id, label, wave, names)
       select r.id, t.id, t.slug, 1, '{Price1757000000003}' from rowhouse.migration_runs r, rowhouse.tenants t where t.slug <> 't00'`,
    );
    expect(await fleet.migrations.get(first.id as string)).toMatchObject({
      state: 'running',
      isLive: false,
      pending: 2,
    });
    expect(await fleet.migrations.resume(first.id as string)).toMatchObject({ state: 'succeeded', done: 3 });
    for (const tenant of tenants) expect(await historyOf(tenant)).toEqual(['Products', 'Price']);
  });

  it.each([
    ['by the classes', 't00'],
    ['by script', 't04'],
  ])('waits for a lock up to the timeout, and tries again, %s', async (_how, slug) => {
    await openTenants(5);
    const held = tenants.find((tenant) => tenant.slug === slug) as Tenant;
    const holder = new pg.Client(deployment.database.url);
    await holder.connect();
    await holder.query(`begin; lock table ${held.schema}.products`);
    const fleet = await deployment.fleet([products, price]);
    const blocked = await fleet.migrations.run({ lockTimeoutMs: 300, retries: 1, concurrency: 1 });
    expect(blocked).toMatchObject({ state: 'failed', done: 4, failed: 1 });
    expect(blocked.failures[0]).toMatchObject({
      label: held.slug,
      attempts: 2,
      error: expect.stringMatching(/lock timeout \(alter table/),
    });
    await holder.end();
    expect(await fleet.migrations.retry(blocked.id as string)).toMatchObject({ state: 'succeeded' });
  });

  it('sets tenants to maintenance during their migration, and back afterwards, also after a failure', async () => {
    await openTenants(2);
    await insertTwins(tenants[1] as Tenant);
    await deployment.catalog.query(`update rowhouse.tenants set status = 'suspended' where slug = 't00'`);
    const third = await (await deployment.fleet()).tenants.create({ slug: 't02' });
    const statuses: string[] = [];
    class Watch1757000000005 implements MigrationInterface {
      async up(runner: QueryRunner) {
        const [row]: { slug: string; status: string }[] = await runner.query(
          `select slug, status from rowhouse.tenants where 'tenant_' || slug = current_schema()`,
        );
        statuses.push(`${row?.slug} ${row?.status}`);
      }
      async down() {}
    }
    const fleet = await deployment.fleet([
      products,
      Watch1757000000005,
      migration('Unique1757000000006', ['create unique index on products (name)']),
    ]);
    expect(await fleet.migrations.run({ maintenance: true })).toMatchObject({ done: 2, failed: 1 });
    expect(statuses.sort()).toEqual(['t00 suspended', 't01 maintenance', 't02 maintenance']);
    expect((await fleet.tenants.find(third.id)).status).toBe('active');
    expect((await fleet.tenants.find('t01')).status).toBe('active');
    expect((await fleet.tenants.find('t00')).status).toBe('suspended');
  });

  it('selects tenants by slug, fields and number', async () => {
    const before = await deployment.fleet([products]);
    for (const [slug, plan, region] of [
      ['a', 'free', 'eu'],
      ['b', 'pro', 'eu'],
      ['c', 'free', 'us'],
      ['d', 'free', 'eu'],
    ])
      await before.tenants.create({ slug: slug as string, plan, metadata: { region } });
    const fleet = await deployment.fleet([products, price]);
    const homesOf = async (options: Parameters<typeof fleet.migrations.plan>[0]) =>
      (await fleet.migrations.plan(options)).groups.flatMap(({ homes }) => homes);
    expect(await homesOf({ where: { plan: 'free' } })).toEqual(['a', 'c', 'd']);
    expect(await homesOf({ where: { metadata: { region: 'us' } } })).toEqual(['c']);
    expect(await homesOf({ tenants: ['b', 'd'] })).toEqual(['b', 'd']);
    expect(await homesOf({ limit: 2 })).toEqual(['a', 'b']);
    await expect(fleet.migrations.run({ tenants: ['No Slug'] })).rejects.toThrow('expected slugs of tenants');
  });

  it('reverts migrations by steps, by script or class', async () => {
    const fleet = await openTenants(6, [products, orders, price]);
    expect(await fleet.migrations.revert({ steps: 2, tenants: ['t00'] })).toMatchObject({ done: 1 });
    expect(await historyOf(tenants[0] as Tenant)).toEqual(['Products']);
    expect(await fleet.migrations.revert()).toMatchObject({ done: 6 });
    expect(await historyOf(tenants[0] as Tenant)).toEqual([]);
    expect(await historyOf(tenants[1] as Tenant)).toEqual(['Products', 'Orders']);
    expect(await fleet.migrations.run()).toMatchObject({ state: 'succeeded', done: 6 });
  });

  it('finds the history of homes that were migrated without it', async () => {
    await openTenants(2);
    const release = await deployment.release([products, price]);
    await release.for(tenants[0] as Tenant).runMigrations();
    const fleet = await deployment.fleet([products, price]);
    expect(await fleet.migrations.run()).toMatchObject({ state: 'succeeded', done: 1, skipped: 1 });
    expect(await fleet.migrations.run()).toMatchObject({ total: 0 });
  });

  it('finds by verify that a migration was reverted without it', async () => {
    await openTenants(2, [products, price]);
    const release = await deployment.release([products, price]);
    await release.for(tenants[0] as Tenant).undoLastMigration();
    const fleet = await deployment.fleet([products, price]);
    expect(await fleet.migrations.run()).toMatchObject({ total: 0 });
    expect(await fleet.migrations.verify()).toEqual({
      checked: 2,
      corrected: [{ label: 't00', from: 'Price1757000000003', to: 'Products1757000000001' }],
    });
    expect(await fleet.migrations.run()).toMatchObject({ state: 'succeeded', done: 1 });
  });

  it('shows in a plan why the statements of a group are unknown', async () => {
    await openTenants(1, [products, migration('Gone1757000000002', ['create table gone (n int)'])]);
    await deployment.tenant('other');
    const fleet = await deployment.fleet([products, price]);
    const { groups } = await fleet.migrations.plan({ sql: true });
    expect(groups).toHaveLength(2);
    expect(groups).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ homes: ['t00'], sqlError: expect.stringContaining('Gone1757000000002') }),
        expect.objectContaining({ homes: ['other'], sql: expect.any(Array) }),
      ]),
    );
  });

  it('runs a migration that was added between others, and marks it in the plan', async () => {
    await openTenants(1, [products, price]);
    const fleet = await deployment.fleet([products, orders, price]);
    const plan = await fleet.migrations.plan();
    expect(plan.groups).toEqual([
      expect.objectContaining({ names: ['Orders1757000000002'], outOfOrder: ['Orders1757000000002'] }),
    ]);
    await fleet.migrations.run();
    expect(await historyOf(tenants[0] as Tenant)).toEqual(['Products', 'Price', 'Orders']);
  });
});

describe('shared tables', () => {
  const countries = migration('Countries1756999999999', [
    'create table public.countries (code text primary key)',
  ]);
  const references = migration('Country1757000000009', [
    'alter table products add country text references countries',
  ]);

  it('are migrated before the tenants that refer to them, once, and in each database of a tenant', async () => {
    const before = await deployment.fleet([products]);
    for (const isolation of ['schema', 'database'] as const)
      tenants.push(await before.tenants.create({ slug: isolation, isolation }));
    const fleet = await deployment.fleet([products, references], { sharedMigrations: [countries] });
    const report = await fleet.migrations.run();
    expect(report).toMatchObject({ state: 'succeeded', total: 3, failures: [] });
    expect(await fleet.migrations.homes(report.id as string)).toEqual([
      expect.objectContaining({ label: '(shared)', wave: 0, names: ['shared:Countries1756999999999'] }),
      expect.objectContaining({
        label: 'database',
        names: ['shared:Countries1756999999999', 'Country1757000000009'],
      }),
      expect.objectContaining({ label: 'schema', names: ['Country1757000000009'] }),
    ]);
    expect(await fleet.migrations.run()).toMatchObject({ total: 0 });
    const plan = await fleet.migrations.plan({ direction: 'down', sql: true });
    expect(plan.groups.map(({ kind }) => kind)).not.toContain('shared');
    for (const group of plan.groups)
      expect(group.sql).toMatchObject([{ name: 'Country1757000000009', dataDependence: undefined }]);
    await fleet.tenants.create({ slug: 'later', isolation: 'database' });
  });
});

describe('a migration that would change something outside its home', () => {
  it.each<[string, string[], RegExp]>([
    [
      'names public',
      [`create type "public"."mood" as enum ('a')`],
      /schema "public" by name.*sharedMigrations/,
    ],
    ['alters a table of another schema', ['alter table public.x add y int'], /schema "public" by name/],
    ['makes an extension', ['create extension if not exists pg_trgm'], /extension.*sharedMigrations/],
    [
      'ends its transaction',
      ['create table a (n int)', 'commit', 'create table b (n int)'],
      /begins or ends a transaction.*transaction = false/s,
    ],
    ['sets the search path', ['set search_path to public'], /sets "search_path" of its session/],
    [
      'cannot run in a transaction',
      ['create index concurrently on products (name)'],
      /CONCURRENTLY.*transaction = false/,
    ],
  ])('is refused with a remedy, and changes nothing: it %s', async (_what, statements, remedy) => {
    await openTenants(6);
    const fleet = await deployment.fleet([products, migration('Bad1757000000009', statements)]);
    const report = await fleet.migrations.run({ maxFailureRate: 1 });
    expect(report).toMatchObject({ state: 'failed', failed: 6 });
    expect(report.failures[0]?.error).toMatch(remedy);
    for (const tenant of tenants) expect(await historyOf(tenant)).toEqual(['Products']);
    const { rows } = await deployment.catalog.query(
      `select from pg_class c join pg_namespace n on n.oid = c.relnamespace where relname in ('a', 'b') and nspname like 'tenant%'`,
    );
    expect(rows).toEqual([]);
  });

  it('may begin like a dump', async () => {
    await openTenants(6);
    const dumped = migration('Dumped1757000000009', [
      `set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set client_encoding = 'UTF8';
       set standard_conforming_strings = on; set check_function_bodies = false; set xmloption = content;
       set client_min_messages = warning; set row_security = off; set default_tablespace = ''; set default_table_access_method = heap`,
      "create function early() returns bigint language sql as 'select count(*) from later'",
      'create table later (n int)',
    ]);
    const fleet = await deployment.fleet([products, dumped]);
    expect(await fleet.migrations.run({ concurrency: 1 })).toMatchObject({ state: 'succeeded', done: 6 });
  });

  it('runs outside a transaction with `transaction = false`', async () => {
    await openTenants(5);
    const concurrent = migration(
      'Concurrent1757000000009',
      ['create index concurrently products_name_idx on products (name)'],
      ['drop index concurrently products_name_idx'],
      { transaction: false },
    );
    const fleet = await deployment.fleet([products, concurrent, price]);
    expect(await fleet.migrations.run()).toMatchObject({ state: 'succeeded', done: 5 });
    for (const tenant of tenants)
      expect(await historyOf(tenant)).toEqual(['Products', 'Price', 'Concurrent']);
    await fleet.tenants.create({ slug: 'new' });
    expect(await fleet.migrations.revert({ steps: 2 })).toMatchObject({ state: 'succeeded', done: 6 });
  });

  it('rebuilds an index that an interrupted attempt left invalid, and skips completed statements', async () => {
    await openTenants(1);
    const [tenant] = tenants as [Tenant];
    await insertTwins(tenant);
    const concurrent = migration(
      'Concurrent1757000000009',
      [
        'create index concurrently products_id_idx on products (id)',
        'create unique index concurrently products_name_idx on products (name)',
      ],
      [
        'drop index concurrently products_name_idx',
        'drop index concurrently products_id_idx',
        'select 1 / n from (select count(*) - 1 as n from products) p',
      ],
      { transaction: false },
    );
    const fleet = await deployment.fleet([products, concurrent]);
    const failed = await fleet.migrations.run();
    expect(failed.failures[0]?.error).toMatch(/could not create unique index/);
    const owner = await deployment.registry.directFor(tenant);
    await owner.query('delete from products where id = 1');
    expect(await fleet.migrations.retry(failed.id as string)).toMatchObject({ state: 'succeeded' });
    const invalid = `select indexrelid::regclass::text as name from pg_index where indrelid = 'products'::regclass and not indisvalid`;
    expect(await owner.query(invalid)).toEqual([]);

    const reverted = await fleet.migrations.revert();
    expect(reverted.failures[0]?.error).toMatch(/division by zero/);
    await insertTwins(tenant);
    expect(await fleet.migrations.retry(reverted.id as string)).toMatchObject({ state: 'succeeded' });
    expect(await historyOf(tenant)).toEqual(['Products']);
  });

  it('may start transactions through TypeORM, which become savepoints', async () => {
    await openTenants(6);
    class Nested1757000000009 implements MigrationInterface {
      async up(runner: QueryRunner) {
        await runner.startTransaction();
        await runner.query('create table nested (n int)');
        await runner.commitTransaction();
      }
      async down() {}
    }
    const fleet = await deployment.fleet([products, Nested1757000000009]);
    expect(await fleet.migrations.run()).toMatchObject({ state: 'succeeded', done: 6 });
  });
});
