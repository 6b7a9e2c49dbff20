import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { walls } from './between.fixture.js';
import { copyRows, moveRows } from './copy-and-move.js';

const ACCOUNTS = 20;
const TOTAL = ACCOUNTS * 100;

/** Who waits for a lock in this database: other suites work on the same server. */
const WAITING = `from pg_locks
  where not granted and database = (select oid from pg_database where datname = current_database())`;

let deployment: TransferDeployment;
let fleet: Fleet;
let admin: pg.Client;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([
    migration('Bank1757000000001', [
      'create table accounts (id int, amount int not null)',
      'create table audit (what text)',
      ...walls('accounts', deployment.roles),
      'alter table accounts add primary key (tenant_id, id)',
    ]),
  ]);
  admin = new pg.Client(deployment.database.url);
  admin.on('error', () => {});
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await deployment.close();
});

async function bank(isolation: Tenant['isolation'], slug: string): Promise<Tenant> {
  const tenant = await fleet.tenants.create({ slug, isolation });
  await deployment.query(
    fleet,
    tenant,
    `insert into accounts (id, amount) select n, 100 from generate_series(1, ${ACCOUNTS}) n`,
  );
  return tenant;
}

async function sumOf(tenant: Tenant) {
  const [sum] = await deployment.query(
    fleet,
    tenant,
    'select coalesce(sum(amount), 0)::int as amount, count(*)::int from accounts',
  );
  return sum;
}

/** Transfers amounts until they are told to end. What finds an account no longer there is rolled back. */
function writers(tenant: Tenant, stop: AbortSignal) {
  const registry = fleet.deployment.registry;
  const write = async (seed: number) => {
    for (let n = seed; !stop.aborted; n += 7) {
      // Others need turns as well.
      await delay(1);
      const [one, other] = [1 + (n % ACCOUNTS), 1 + ((n * 3 + 1) % ACCOUNTS)];
      await registry
        .for(tenant)
        .transaction(async (manager) => {
          for (const [id, change] of [
            [one, -1],
            [other, 1],
          ] as const) {
            const [, found] = await manager.query(
              `update accounts set amount = amount + ${change} where id = ${id}`,
            );
            if (found !== 1) throw new Error('moved');
          }
        })
        .catch(() => delay(1));
    }
  };
  return Promise.all([write(1), write(2)]);
}

it.each([
  ['schema', 'schema'],
  ['schema', 'row'],
  ['row', 'schema'],
  ['row', 'row'],
  ['schema', 'database'],
  ['row', 'database'],
] as const)(
  'a move from isolation %s to %s while others write loses and doubles nothing',
  async (from, to) => {
    const acme = await bank(from, 'acme');
    const globex = await fleet.tenants.create({ slug: 'globex', isolation: to });
    const stop = new AbortController();
    const writing = writers(acme, stop.signal);
    await delay(50);
    await moveRows(fleet, 'acme', 'globex', { tables: ['accounts'] });
    stop.abort();
    await writing;
    expect(await sumOf(globex)).toEqual({ amount: TOTAL, count: ACCOUNTS });
    expect(await sumOf(acme)).toEqual({ amount: 0, count: 0 });
  },
);

it('a move that PostgreSQL or a signal ends leaves all rows at the source', async () => {
  const acme = await bank('schema', 'acme');
  for (const to of ['schema', 'row', 'database'] as const) {
    const globex = await fleet.tenants.create({ slug: `to-${to}`, isolation: to });
    for (const end of [() => admin.query(`select pg_terminate_backend(pid) ${WAITING}`), undefined]) {
      const controller = new AbortController();
      await admin.query('begin; lock table tenant_acme.accounts in row exclusive mode');
      const moving = moveRows(
        fleet,
        'acme',
        globex.slug,
        { tables: ['accounts'] },
        { signal: controller.signal },
      );
      moving.catch(() => {});
      while (!(await deployment.catalog.query(`select ${WAITING}`)).rowCount) await delay(10);
      const ended = end ? end() : controller.abort(new Error('enough'));
      await expect(moving).rejects.toThrow();
      await ended;
      await admin.query('rollback');
      expect(await sumOf(acme)).toEqual({ amount: TOTAL, count: ACCOUNTS });
      expect(await sumOf(globex)).toEqual({ amount: 0, count: 0 });
    }
  }
});

it('a move to another database that ends between its two commits is finished by the next one', async () => {
  const acme = await bank('schema', 'acme');
  const globex = await fleet.tenants.create({ slug: 'globex', isolation: 'database' });
  const { catalog } = fleet.deployment;
  const spy = jest.spyOn(catalog, 'transaction').mockImplementation(async (work) => {
    spy.mockRestore();
    await catalog.transaction(work);
    throw new Error('dead');
  });
  await expect(moveRows(fleet, 'acme', 'globex', { tables: ['accounts'] })).rejects.toThrow('dead');
  expect(await sumOf(globex)).toEqual({ amount: TOTAL, count: ACCOUNTS });
  expect(await sumOf(acme)).toEqual({ amount: TOTAL, count: ACCOUNTS });
  const report = await moveRows(fleet, 'acme', 'globex', { tables: ['accounts'] });
  expect(report.tables).toMatchObject([{ same: ACCOUNTS, written: 0 }]);
  expect(await sumOf(globex)).toEqual({ amount: TOTAL, count: ACCOUNTS });
  expect(await sumOf(acme)).toEqual({ amount: 0, count: 0 });
});

it('moves in opposite directions at once end one after the other', async () => {
  const [acme, globex] = [await bank('schema', 'acme'), await bank('schema', 'globex')];
  await deployment.query(fleet, globex, 'update accounts set id = id + 1000');
  const options = { tables: ['accounts'] };
  await Promise.all([moveRows(fleet, 'acme', 'globex', options), moveRows(fleet, 'globex', 'acme', options)]);
  const sums = [await sumOf(acme), await sumOf(globex)];
  expect(sums).toContainEqual({ amount: 2 * TOTAL, count: 2 * ACCOUNTS });
  expect(sums).toContainEqual({ amount: 0, count: 0 });
});

it('triggers do not run for rows that are copied or moved, and where tenants share them it is refused', async () => {
  const [acme, globex] = [await bank('schema', 'acme'), await fleet.tenants.create({ slug: 'globex' })];
  for (const tenant of [acme, globex])
    await deployment.asOwner(
      fleet,
      tenant,
      `create function note() returns trigger language plpgsql as $$ begin insert into audit values (tg_op); return null; end $$;
       create trigger note after insert or delete on accounts for each row execute function note()`,
    );
  await moveRows(fleet, 'acme', 'globex', { tables: ['accounts'] });
  for (const tenant of [acme, globex])
    expect(await deployment.query(fleet, tenant, 'select from audit')).toEqual([]);
  await deployment.query(fleet, globex, 'delete from accounts where id = 1');
  expect(await deployment.query(fleet, globex, 'select what from audit')).toEqual([{ what: 'DELETE' }]);

  const shared = await fleet.tenants.create({ slug: 'rows', isolation: 'row' });
  await admin.query(
    `create function note() returns trigger language plpgsql as $$ begin return null; end $$;
     create trigger note after insert on accounts for each row execute function note()`,
  );
  await expect(copyRows(fleet, 'globex', shared.slug, { tables: ['accounts'] })).rejects.toMatchObject({
    code: 'TRANSFER_REFUSED',
    message: expect.stringContaining('Triggers'),
  });
});

it('refuses what cannot be: the same tenant, a deleted one, unknown tables, an entry, wrong options', async () => {
  await bank('schema', 'acme');
  await fleet.tenants.create({ slug: 'gone' });
  await fleet.tenants.delete('gone');
  const refused = { code: 'TRANSFER_REFUSED' };
  await expect(copyRows(fleet, 'acme', 'acme')).rejects.toMatchObject(refused);
  await expect(moveRows(fleet, 'acme', 'gone')).rejects.toMatchObject(refused);
  await fleet.tenants.create({ slug: 'globex' });
  await expect(copyRows(fleet, 'acme', 'globex', { tables: ['none'] })).rejects.toMatchObject(refused);
  await expect(copyRows(fleet, 'acme', 'globex', { tables: [] })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
  });
  await expect(copyRows(fleet, 'acme', 'globex', { onConflict: 'merge' as never })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
  });
});
