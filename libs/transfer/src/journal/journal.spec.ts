import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { diffTenants } from '../diff/diff-tenants.js';
import { JournalRefusedError } from '../errors.js';
import { importTenant } from '../import/import-tenant.js';
import { migration, TransferDeployment, wall } from '../transfer.fixture.js';
import { disableJournal, enableJournal, journalStatus, pruneJournal } from './journal.js';
import { rewindTenant } from './rewind-tenant.js';

const NOTES = migration('Notes1757000000001', [
  'create table notes (id uuid primary key default gen_random_uuid(), text text, loud text generated always as (upper(text)) stored)',
  'create table "Odd Table" ("Column A" money, "c,d" text[])',
  ...['notes', '"Odd Table"'].flatMap(wall),
]);
const MORE = migration('More1757000000002', [
  'alter table notes add stars int default 1',
  'create table more (id uuid primary key default gen_random_uuid(), n int)',
  ...wall('more'),
]);

let deployment: TransferDeployment;
let fleet: Fleet;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([NOTES]);
});
afterEach(() => deployment.close());

let count = 0;
const create = (isolation: TenantIsolation) => fleet.tenants.create({ slug: `t-${++count}`, isolation });
const run = (tenant: Tenant, text: string) => deployment.query(fleet, tenant, text);
const texts = async (tenant: Tenant, of = fleet) =>
  (await deployment.query(of, tenant, 'select text from notes order by text nulls last')).map(
    ({ text }) => text,
  );

/** A moment that no transaction before and after it shares. */
async function moment(): Promise<Date> {
  await delay(5);
  const at = new Date();
  await delay(5);
  return at;
}

describe.each(['schema', 'row', 'database'] as const)('with isolation %s', (isolation) => {
  it('a tenant can be made of any moment since its journal was enabled', async () => {
    const [acme, other] = [await create(isolation), await create(isolation)];
    await run(other, `insert into notes (text) values ('of the other')`);
    await run(acme, `insert into notes (text) values ('a'), ('b')`);
    await run(
      acme,
      `insert into "Odd Table" values ('-12.34', '[0:1]={"a,b",null}'), ('1', null), ('1', null)`,
    );
    const early = await moment();
    await enableJournal(fleet, acme);
    const first = await moment();
    await run(acme, `update notes set text = 'c' where text = 'b'`);
    await run(acme, `delete from "Odd Table" where "c,d" is null`);
    const second = await moment();
    await run(acme, 'delete from notes');
    await run(acme, `insert into notes (text) values (null), ('d')`);
    await run(other, 'delete from notes');
    const third = await moment();

    expect(await journalStatus(fleet, acme)).toMatchObject({ changes: 7 });
    expect(await journalStatus(fleet, other)).toBeUndefined();
    const at = async (moment: Date, slug: string) =>
      (await rewindTenant(fleet, acme, moment, { slug: `${acme.slug}-${slug}` })).tenant;
    const [one, two, three] = [await at(first, 'one'), await at(second, 'two'), await at(third, 'three')];
    expect(await texts(one)).toEqual(['a', 'b']);
    expect(
      await run(one, `select "Column A"::numeric::text as m, "c,d"::text as t from "Odd Table" order by 1`),
    ).toEqual([
      { m: '-12.34', t: '[0:1]={"a,b",NULL}' },
      { m: '1.00', t: null },
      { m: '1.00', t: null },
    ]);
    expect(await run(one, 'select loud from notes order by 1')).toEqual([{ loud: 'A' }, { loud: 'B' }]);
    expect(await texts(two)).toEqual(['a', 'c']);
    expect(await texts(three)).toEqual(['d', null]);
    const diff = diffTenants(fleet, acme, three);
    for await (const _ of diff);
    expect(diff.report.isEqual).toBe(true);
    await expect(at(early, 'early')).rejects.toThrow(JournalRefusedError);
    await expect(at(new Date(Date.now() + 60_000), 'late')).rejects.toThrow('not over yet');
    await expect(rewindTenant(fleet, other, first)).rejects.toThrow('has no journal');

    expect(await pruneJournal(fleet, acme, second)).toBe(3);
    await expect(at(first, 'pruned')).rejects.toThrow('leads back to');
    expect(await texts(await at(second, 'again'))).toEqual(['a', 'c']);
    await disableJournal(fleet, acme);
    expect(await journalStatus(fleet, acme)).toBeUndefined();
    await run(acme, `insert into notes (text) values ('unrecorded')`);
  });

  it('is no drift, is in no archive, and goes with a purge', async () => {
    const acme = await create(isolation);
    await enableJournal(fleet, acme);
    await enableJournal(fleet, acme);
    await run(acme, `insert into notes (text) values ('a')`);
    expect(await fleet.drift()).toMatchObject({ drifted: [], failed: [] });
    const { tenant } = await importTenant(fleet, await deployment.archive(fleet, acme), {
      slug: 'copy',
      isolation: 'schema',
    });
    expect(await texts(tenant)).toEqual(['a']);
    expect(await journalStatus(fleet, tenant)).toBeUndefined();
    // It goes with the database.
    if (isolation === 'database') return;
    await fleet.tenants.delete(acme.slug);
    await fleet.tenants.purge(acme.slug, { confirm: acme.slug, beforeRetentionEnds: true });
    const { rows } = await deployment.catalog.query(
      'select tenant_id from rowhouse_journal.changes union select tenant_id from rowhouse_journal.journals',
    );
    expect(rows).toEqual([]);
  });

  it('goes on after a migration, and does not lead back before it', async () => {
    const acme = await create(isolation);
    await enableJournal(fleet, acme);
    await run(acme, `insert into notes (text) values ('a')`);
    const before = await moment();
    const later = await deployment.fleet([NOTES, MORE]);
    expect(await later.migrations.run()).toMatchObject({ failures: [] });
    const after = await moment();
    await deployment.query(later, acme, 'insert into more (n) values (1)');
    await deployment.query(later, acme, 'update notes set stars = 5');
    expect(await later.drift()).toMatchObject({ drifted: [], failed: [] });
    await expect(rewindTenant(later, acme, before)).rejects.toThrow('More1757000000002');
    const { tenant } = await rewindTenant(later, acme, after);
    expect(await deployment.query(later, tenant, 'select stars from notes')).toEqual([{ stars: 1 }]);
    expect(await deployment.query(later, tenant, 'select n from more')).toEqual([]);
  });
});

it('a moment is whole transactions, those whose commit had begun', async () => {
  const acme = await create('schema');
  await enableJournal(fleet, acme);
  const runner = fleet.deployment.registry.for(acme).createQueryRunner();
  await runner.startTransaction();
  await runner.query(`insert into notes (text) values ('long')`);
  await run(acme, `insert into notes (text) values ('short')`);
  const during = await moment();
  await runner.query('savepoint one');
  await runner.query(`insert into notes (text) values ('undone')`);
  await runner.query('rollback to savepoint one');
  await runner.query('set constraints all immediate');
  await runner.query(`insert into notes (text) values ('longer')`);
  const later = await moment();
  await runner.query(`update notes set text = 'longest' where text = 'longer'`);
  await runner.query('set constraints all deferred');
  await runner.query(`insert into notes (text) values ('last')`);
  const idle = await moment();
  await runner.commitTransaction();
  await runner.release();
  const after = await moment();
  const at = async (moment: Date, slug: string) =>
    texts((await rewindTenant(fleet, acme, moment, { slug })).tenant);
  expect(await at(during, 'during')).toEqual(['short']);
  expect(await at(later, 'later')).toEqual(['short']);
  expect(await at(idle, 'idle')).toEqual(['short']);
  expect(await at(after, 'after')).toEqual(['last', 'long', 'longest', 'short']);
});

it('a tenant cannot read, change or evade its journal', async () => {
  const acme = await create('schema');
  await enableJournal(fleet, acme);
  for (const text of [
    'select from rowhouse_journal.changes',
    'delete from rowhouse_journal.changes',
    'select rowhouse_journal.begun()',
    'alter table notes disable trigger rowhouse_journal',
    `set session_replication_role = 'replica'`,
  ])
    await expect(run(acme, text)).rejects.toThrow();
  await run(acme, `insert into notes (text) values ('a')`);
  const at = await moment();
  await run(acme, 'truncate notes');
  expect(await texts((await rewindTenant(fleet, acme, at)).tenant)).toEqual(['a']);
});

it('two tenants of shared tables have journals of their own', async () => {
  const [one, two] = [await create('row'), await create('row')];
  await Promise.all([enableJournal(fleet, one), enableJournal(fleet, two)]);
  await run(one, `insert into notes (text) values ('one')`);
  await run(two, `insert into notes (text) values ('two')`);
  const at = await moment();
  await disableJournal(fleet, two);
  await run(one, 'delete from notes');
  await run(two, 'delete from notes');
  expect(await texts((await rewindTenant(fleet, one, at)).tenant)).toEqual(['one']);
  await expect(rewindTenant(fleet, two, at)).rejects.toThrow(JournalRefusedError);
});

it('rows that were written while the triggers were off are noticed where they come back', async () => {
  const acme = await create('schema');
  await enableJournal(fleet, acme);
  const at = await moment();
  await run(acme, `insert into notes (text) values ('a')`);
  await deployment.asOwner(fleet, acme, 'alter table notes disable trigger rowhouse_journal');
  await run(acme, 'delete from notes');
  await expect(rewindTenant(fleet, acme, at)).rejects.toThrow('not recorded');
  await deployment.asOwner(fleet, acme, 'alter table notes enable always trigger rowhouse_journal');
  await expect(rewindTenant(fleet, acme, at)).rejects.toThrow('does not agree');
  await deployment.asOwner(fleet, acme, 'alter table notes add more int');
  await expect(rewindTenant(fleet, acme, at)).rejects.toThrow('no column notes.more');
});

it.each([
  ['of another server or database', `update rowhouse_journal.journals set origin = '1 2 3'`],
  ['with tables of other oids', 'update rowhouse_journal.changes set relation = relation::int8 + 1000000'],
  [
    'with transactions that are to come',
    `update rowhouse_journal.changes set xid = (xid::text::int8 + 1000000)::text::xid8;
     update rowhouse_journal.transactions set xid = (xid::text::int8 + 1000000)::text::xid8`,
  ],
])('a journal %s, as after a dump was restored, is refused until it is enabled anew', async (_, change) => {
  const acme = await create('schema');
  await run(acme, `insert into notes (text) values ('a')`);
  await enableJournal(fleet, acme);
  const at = await moment();
  await run(acme, 'delete from notes');
  await deployment.asOwner(fleet, acme, change);
  await expect(rewindTenant(fleet, acme, at)).rejects.toMatchObject({
    code: 'JOURNAL_REFUSED',
    message: expect.stringContaining('put back from a dump'),
  });
  await disableJournal(fleet, acme);
  await enableJournal(fleet, acme);
  const { tenant } = await rewindTenant(fleet, acme, await moment());
  expect(await texts(tenant)).toEqual([]);
});
