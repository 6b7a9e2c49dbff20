import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Catalog } from '@rowhouse/core';
import pg from 'pg';
import { verifyArchive } from './archive/read-archive.js';
import { exportTenant } from './export/export-tenant.js';
import { fillHome } from './import/fill-home.js';
import { importTenant } from './import/import-tenant.js';
import { withRowsOfArchive } from './source/archive-source.js';
import { withRowsOf } from './source/tenant-source.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const WALL = (table: string) => [
  `alter table ${table} add tenant_id uuid not null
     default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
  `create policy rowhouse_tenant on ${table}
     using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
  `alter table ${table} enable row level security, force row level security`,
];
const NOTES = migration('Notes1757000000001', [
  'create table notes (id serial primary key, number int, text text)',
  ...WALL('notes'),
]);
const HUNDRED_FOLD = migration('Hundred1757000000002', ['update notes set number = number * 100']);

let deployment: TransferDeployment;
let admin: pg.Client;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  admin = new pg.Client(deployment.database.url);
  admin.on('error', () => {});
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await deployment.close();
});

async function until(condition: string): Promise<void> {
  while (!(await deployment.catalog.query(`select ${condition} as so`)).rows[0]?.so)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('an export', () => {
  const WAITS = `exists (select from pg_locks
    where not granted and database = (select oid from pg_database where datname = current_database()))`;

  it('that waits for a lock is ended by its signal', async () => {
    const fleet = await deployment.fleet([NOTES]);
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await admin.query('begin; lock table tenant_acme.notes');
    const ended = new AbortController();
    const path = join(deployment.folder, 'waits');
    const exported = exportTenant(fleet, acme, createWriteStream(path), { signal: ended.signal });
    await until(WAITS);
    ended.abort(new Error('enough'));
    await expect(exported).rejects.toThrow('enough');
    await until(`not ${WAITS}`);
  });

  it('has the rows of a table that is rewritten when it begins', async () => {
    const fleet = await deployment.fleet([NOTES]);
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await deployment.query(fleet, acme, 'insert into notes (number) select n from generate_series(1, 100) n');
    await admin.query('begin; alter table tenant_acme.notes alter number type bigint');
    const path = join(deployment.folder, 'rewritten');
    const exported = exportTenant(fleet, acme, createWriteStream(path));
    await until(WAITS);
    await admin.query('commit');
    expect((await exported).rows).toBe(100);
    expect((await verifyArchive(path)).head.tables[0]?.columns).toContainEqual({
      name: 'number',
      type: 'bigint',
    });
  });

  it('keeps tables without rows from being changed until its end', async () => {
    const fleet = await deployment.fleet([NOTES]);
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await withRowsOf(fleet, acme, undefined, async () => {
      const { rows } = await admin.query(
        "select mode from pg_locks where relation = 'tenant_acme.notes'::regclass and granted",
      );
      expect(rows).toEqual([{ mode: 'AccessShareLock' }]);
    });
  });

  it('runs nothing of a policy for which it is refused', async () => {
    const fleet = await deployment.fleet([NOTES]);
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await deployment.query(fleet, acme, 'insert into notes (number) values (1)');
    await admin.query(
      'create policy fails on tenant_acme.notes as restrictive using (1 / (number - number) = 1)',
    );
    await expect(
      exportTenant(fleet, acme, createWriteStream(join(deployment.folder, 'refused'))),
    ).rejects.toMatchObject({ code: 'EXPORT_REFUSED' });
  });

  it('says which migrations its rows have had, whatever is committed meanwhile', async () => {
    const [before, after] = [await deployment.fleet([NOTES]), await deployment.fleet([NOTES, HUNDRED_FOLD])];
    const acme = await before.tenants.create({ slug: 'acme' });
    await deployment.query(before, acme, 'insert into notes (number) values (1)');
    const { registry } = before.deployment;
    const handOut = registry.for.bind(registry);
    const spy = jest.spyOn(registry, 'for').mockImplementation((tenant) => {
      const source = handOut(tenant);
      const makeRunner = source.createQueryRunner.bind(source);
      source.createQueryRunner = () => {
        const runner = makeRunner();
        const connect = runner.connect.bind(runner);
        runner.connect = async () => {
          await after.migrations.run();
          return connect();
        };
        return runner;
      };
      return source;
    });
    const path = await deployment.archive(before, acme);
    spy.mockRestore();
    const { tenant } = await importTenant(after, path, { slug: 'copy' });
    expect(await deployment.query(after, tenant, 'select number from notes')).toEqual([{ number: 100 }]);
  });

  it('writes numbers to their last digit, whatever the login is set to', async () => {
    const fleet = await deployment.fleet([
      migration('Pi1757000000001', ['create table circles (pi float8)']),
    ]);
    const login = new URL(deployment.database.loginUrl).username;
    await admin.query(
      `alter role ${login} set extra_float_digits = -3; alter role ${login} set datestyle = 'SQL, DMY'`,
    );
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await deployment.asOwner(fleet, acme, 'insert into circles values (pi())');
    const { tenant } = await importTenant(fleet, await deployment.archive(fleet, acme), { slug: 'copy' });
    expect(await deployment.asOwner(fleet, tenant, 'select pi = pi() as same from circles')).toEqual([
      { same: true },
    ]);
  });
});

describe('an import into shared tables', () => {
  it('waits for no transaction of another tenant, and lets none wait', async () => {
    const fleet = await deployment.fleet([NOTES]);
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await deployment.query(fleet, acme, "insert into notes (id, text) values (1000, 'x')");
    const slow = await fleet.tenants.create({ slug: 'slow', isolation: 'row' });
    const runner = fleet.deployment.registry.for(slow).createQueryRunner();
    await runner.startTransaction();
    await runner.query("insert into notes (text) values ('takes its time')");
    const { tenant } = await importTenant(fleet, await deployment.archive(fleet, acme), {
      slug: 'copy',
      isolation: 'row',
    });
    await runner.commitTransaction();
    await runner.release();
    const [next] = await deployment.query(
      fleet,
      tenant,
      "insert into notes (text) values ('y') returning id",
    );
    expect(next?.['id']).toBeGreaterThan(1000);
  });

  it('is refused where the tables have had migrations that the archive has not', async () => {
    const [old, now] = [await deployment.fleet([NOTES]), await deployment.fleet([NOTES, HUNDRED_FOLD])];
    const acme = await old.tenants.create({ slug: 'acme' });
    const path = await deployment.archive(old, acme);
    await now.tenants.create({ slug: 'first', isolation: 'row' });
    const into = { slug: 'copy', isolation: 'row' } as const;
    await expect(importTenant(old, path, into)).rejects.toMatchObject({ code: 'IMPORT_REFUSED' });
    await expect(old.tenants.find('copy')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('leaves no rows when its lock is lost and another process undoes it', async () => {
    const fleet = await deployment.fleet([NOTES]);
    const acme = await fleet.tenants.create({ slug: 'acme' });
    await deployment.query(fleet, acme, "insert into notes (text) values ('secret')");
    const path = await deployment.archive(fleet, acme);
    const archive = await verifyArchive(path);
    const repairer = await deployment.fleet([NOTES], new Catalog({ url: deployment.login.ownerUrl }));
    const interrupted = fleet.tenants.createFrom(
      {
        history: archive.head.history,
        async fill(tenant) {
          await admin.query('select pg_terminate_backend(pid) from rowhouse.locks where name = $1', [
            `tenant:${tenant.id}`,
          ]);
          for (let busy = 1; busy > 0; ) busy = (await repairer.tenants.repair()).busy.length;
          await withRowsOfArchive(path, archive, {}, (source) =>
            fillHome(fleet.deployment, tenant, source, {}),
          );
        },
      },
      { slug: 'copy', isolation: 'row' },
    );
    await expect(interrupted).rejects.toThrow();
    expect((await admin.query('select from public.notes')).rowCount).toBe(0);
  });
});

it('triggers of partitions do not run for archived rows, and are on or off as before', async () => {
  const fleet = await deployment.fleet([
    migration('Parts1757000000001', [
      'create table log (line text)',
      'create table parts (id int, kind int, primary key (id, kind)) partition by list (kind)',
      'create table parts_1 partition of parts for values in (1)',
      'create table parts_2 partition of parts for values in (2)',
      `create function note() returns trigger language plpgsql as $$ begin insert into log values ('ran'); return new; end $$`,
      'create trigger own after insert on parts_1 for each row execute function note()',
      'create trigger cloned after insert on parts for each row execute function note()',
      'alter table parts_2 disable trigger cloned',
    ]),
  ]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(fleet, acme, 'insert into parts values (1, 1), (2, 2)');
  const { tenant } = await importTenant(fleet, await deployment.archive(fleet, acme), { slug: 'copy' });
  const states = `select tgrelid::regclass::text as "table", tgname, tgenabled from pg_trigger where not tgisinternal and tgrelid::regclass::text like 'parts%' order by 1, 2`;
  expect(await deployment.query(fleet, tenant, 'select count(*)::int from log')).toEqual([{ count: 2 }]);
  expect(await deployment.asOwner(fleet, tenant, states)).toEqual(
    await deployment.asOwner(fleet, acme, states),
  );
});
