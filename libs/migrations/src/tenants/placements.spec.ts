/** @suite postgres15 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rowhouse/testing';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { until } from '../../../../test/support/until.js';
import { migration } from '../deployment.fixture.js';
import type { Fleet } from '../fleet/fleet.js';
import { notes, openPlacements, type Placements, regions } from '../placements.fixture.js';

let server: EmbeddedPostgres;
let placements: Placements;
let fleet: Fleet;

beforeAll(async () => {
  server = await startEmbeddedPostgres();
  placements = await openPlacements(server);
  fleet = await placements.fleet([notes], { sharedMigrations: [regions] });
});
afterAll(async () => {
  await placements.close();
  await server.stop();
});

const write = (tenant: Tenant, body: string) =>
  fleet.deployment.registry.for(tenant).query('insert into notes (body) values ($1)', [body]);
const read = async (tenant: Tenant) => {
  const rows: { body: string }[] = await fleet.deployment.registry
    .for(tenant)
    .query('select body from notes order by id');
  return rows.map(({ body }) => body);
};
const make = (isolation: TenantIsolation, placement: string, slug = `${isolation}-${placement}`) =>
  fleet.tenants.create({ slug, isolation, placement });
const purge = async ({ slug }: Tenant) => {
  await fleet.tenants.delete(slug);
  await fleet.tenants.purge(slug, { confirm: slug, beforeRetentionEnds: true });
};
/** What exists for tenants in the database of a placement, and on its server. */
const traces = async (placement: string) => {
  const rows = await placements.on(
    placement,
    `select 'schema ' || nspname as trace from pg_namespace where nspname like 'tenant\\_%'
     union all select 'role' from pg_roles where rolname ~ ('^' || $1 || '_[0-9a-f]{32}$')
     union all select 'note' from public.notes order by 1`,
    [placements.prefix],
  );
  return rows.map(({ trace }) => trace as string);
};

describe.each(['eu', 'us'])('on the placement %s', (placement) => {
  it('tenants with schemas and with rows are made, served apart, and purged there', async () => {
    const here = [await make('row', placement), await make('schema', placement)];
    const other = await make('row', placement, 'other');
    for (const tenant of [...here, other]) {
      expect(tenant).toMatchObject({ status: 'active', placement });
      await write(tenant, tenant.slug);
    }
    for (const tenant of [...here, other]) expect(await read(tenant)).toEqual([tenant.slug]);
    await expect(
      fleet.deployment.registry.for(here[1] as Tenant).query("update migrations set name = 'Other'"),
    ).rejects.toMatchObject({ driverError: { code: '42501' } });
    expect(await traces(placement)).toEqual(
      expect.arrayContaining(['note', 'note', `schema ${here[1]?.schema}`]),
    );
    const inMain = await placements.on('default', "select from pg_namespace where nspname like 'tenant\\_%'");
    expect(inMain).toEqual([]);

    for (const tenant of here) await purge(tenant);
    expect(await read(other)).toEqual(['other']);
    await purge(other);
    expect(await traces(placement)).toEqual([]);
    expect(await fleet.tenants.list({})).toMatchObject({ tenants: [] });
  });
});

describe('a creation that is interrupted', () => {
  it.each(['home', 'migrations', 'activate'] as const)(
    'at the step %s is finished by a repair, or undone',
    async (step) => {
      for (const isolation of ['schema', 'row'] as const)
        for (const undo of [false, true]) {
          const onStep = (begun: string) => {
            if (begun === step) throw new Error('interrupted');
          };
          const slug = `${isolation}-${step}-${undo}`;
          await expect(
            fleet.tenants.create({ slug, isolation, placement: 'us' }, { onStep }),
          ).rejects.toThrow('interrupted');
          // As a process leaves it that was killed.
          await placements.pool.query("update rowhouse.tenants set status = 'provisioning' where slug = $1", [
            slug,
          ]);
          const { repaired } = await fleet.tenants.repair({ undo });
          expect(repaired).toEqual([{ slug, did: undo ? 'undone' : 'created' }]);
          if (undo) continue;
          const tenant = await fleet.tenants.find(slug);
          await write(tenant, slug);
          expect(await read(tenant)).toEqual([slug]);
          await purge(tenant);
        }
      expect(await traces('us')).toEqual([]);
    },
  );

  it('by the loss of all its connections, at any moment, is finished by the next try', async () => {
    const cut = () =>
      placements.on(
        'default',
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = any($1) and pid <> pg_backend_pid() and application_name <> 'rowhouse-listener'`,
        [[placements.databases.default.name, placements.databases.eu.name]],
      );
    for (let round = 0; round < 8; round += 1) {
      const isolation = round % 2 === 0 ? 'schema' : 'row';
      const tenant = { slug: `cut-${round}`, isolation, placement: 'eu', ifNotExists: true } as const;
      const creating = fleet.tenants.create(tenant).catch(() => {});
      // Whatever it is at then: before it has begun, or after its end, too.
      await delay(40 * Math.random() * (1 + round));
      await cut();
      await creating;
      await until(() =>
        fleet.tenants.repair().then(
          ({ failed, busy }) => failed.length + busy.length === 0,
          () => false,
        ),
      );
      const made = await fleet.tenants.create(tenant);
      expect(made).toMatchObject({ status: 'active', placement: 'eu' });
      await write(made, tenant.slug);
      expect(await read(made)).toEqual([tenant.slug]);
      await purge(made);
    }
    expect(await traces('eu')).toEqual([]);
  });

  it('on a placement that has no address leaves nothing', async () => {
    await expect(make('schema', 'atlantis')).rejects.toMatchObject({ code: 'PLACEMENT_UNKNOWN' });
    expect(await fleet.tenants.list({})).toMatchObject({ tenants: [] });
  });
});

describe('migrations', () => {
  const likes = migration(
    'Likes1757000000003',
    ['alter table notes add likes int not null default 0'],
    ['alter table notes drop likes'],
  );
  const towns = migration('Towns1757000000004', ['create table public.towns (name text primary key)']);

  it('of a release reach the homes of each placement, also by condition, and can be reverted', async () => {
    const tenants: Tenant[] = [];
    for (const isolation of ['schema', 'row'] as const)
      for (const placement of ['default', 'eu', 'us']) tenants.push(await make(isolation, placement));
    const next = await placements.fleet([notes, likes], { sharedMigrations: [regions, towns] });

    const inEu = await next.migrations.run({ where: { placement: 'eu' } });
    expect(inEu).toMatchObject({ state: 'succeeded', failed: 0 });
    expect((await next.migrations.homes(inEu.id as string)).map(({ label }) => label)).toEqual([
      '(rows) eu',
      '(shared)',
      '(shared) eu',
      'schema-eu',
    ]);
    expect((await next.migrations.status()).behind).toBe(4);
    const plan = await next.migrations.plan({});
    expect(plan.groups.flatMap(({ homes }) => homes).sort()).toEqual([
      '(rows)',
      '(rows) us',
      '(shared) us',
      'schema-default',
      'schema-us',
    ]);
    expect(await next.migrations.run({})).toMatchObject({ state: 'succeeded', done: 5 });
    for (const tenant of tenants) {
      const of = next.deployment.registry.for(tenant);
      await of.query("insert into notes (body, likes) values ('x', 3)");
      expect(await of.query('select likes, (select count(*)::int from towns) as towns from notes')).toEqual([
        { likes: 3, towns: 0 },
      ]);
    }
    expect((await next.migrations.status()).behind).toBe(0);
    expect(await next.drift()).toMatchObject({ compared: 6, drifted: [], failed: [] });
    await placements.on(
      'us',
      'alter table tenant_schema_us.notes add extra int; alter table public.notes add extra int',
    );
    expect((await next.drift()).drifted.map(({ label }) => label)).toEqual(['(rows) us', 'schema-us']);
    await placements.on(
      'us',
      'alter table tenant_schema_us.notes drop extra; alter table public.notes drop extra',
    );
    expect(await next.migrations.revert({ steps: 1 })).toMatchObject({ state: 'succeeded', done: 6 });
    for (const tenant of tenants) await expect(write(tenant, 'after')).resolves.toBeDefined();
    for (const tenant of tenants) await purge(tenant);
  });

  describe('of five tenants on one placement', () => {
    let tenants: Tenant[];
    beforeAll(async () => {
      tenants = [];
      for (const slug of ['a', 'b', 'c', 'd', 'e']) tenants.push(await make('schema', 'eu', `five-${slug}`));
    });
    afterAll(async () => {
      for (const tenant of tenants) await purge(tenant);
    });

    it('run their classes in two of them, and scripts in the others', async () => {
      const asked = { times: 0 };
      class Stars1757000000005 implements MigrationInterface {
        async up(runner: QueryRunner) {
          asked.times += 1;
          await runner.query('alter table notes add stars int not null default 0');
        }
        async down() {}
      }
      const next = await placements.fleet([notes, Stars1757000000005], { sharedMigrations: [regions] });
      expect(await next.migrations.run({})).toMatchObject({ state: 'succeeded', failed: 0 });
      expect(asked.times).toBe(2);
      for (const tenant of tenants)
        await next.deployment.registry.for(tenant).query("insert into notes (body, stars) values ('x', 3)");
      expect((await next.migrations.verify({})).corrected).toEqual([]);
    });

    it('find a home that has been migrated already, where the catalog does not know', async () => {
      const tall = migration('Tall1757000000006', ['alter table notes add tall int']);
      const next = await placements.fleet([notes, tall], { sharedMigrations: [regions] });
      const [first, second, third] = tenants as [Tenant, Tenant, Tenant];
      await next.migrations.run({ tenants: [first.slug, second.slug, third.slug] });
      // As a process leaves it that is killed between the commits of the two databases.
      const { ledger, set } = next.deployment;
      const known = await ledger.historyOf(third);
      await ledger.setHistory(
        third,
        (known ?? []).filter((name) => name !== set.named([tall.name])[0]?.name),
      );
      expect(await next.migrations.run({})).toMatchObject({ state: 'succeeded', failed: 0 });
      expect(await ledger.historyOf(third)).toEqual(known);
    });

    it.each([true, false])(
      'change as many homes at once as in the main database (scripts: %s)',
      async (scripts) => {
        const held = migration(`Held${scripts ? 1757000000007 : 1757000000008}`, [
          `alter table notes add held_${scripts} int`,
        ]);
        const next = await placements.fleet([notes, held], { sharedMigrations: [regions] });
        // The script is known after two.
        const [first, second] = tenants as [Tenant, Tenant];
        if (scripts) await next.migrations.run({ tenants: [first.slug, second.slug] });
        const others = tenants.slice(2);
        const blocker = new pg.Client(placements.databases.eu.url);
        await blocker.connect();
        try {
          await blocker.query('begin');
          for (const { schema } of others)
            await blocker.query(`lock table ${pg.escapeIdentifier(schema)}.notes`);
          const running = next.migrations.run({ scripts, concurrency: 5, lockTimeoutMs: 60_000 });
          await until(async () => {
            const [row] = await placements.on(
              'default',
              "select count(*)::int from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'",
              [placements.databases.eu.name],
            );
            return row.count === others.length;
          });
          await blocker.query('commit');
          expect(await running).toMatchObject({ state: 'succeeded', failed: 0 });
        } finally {
          await blocker.end();
        }
      },
    );
  });
});
