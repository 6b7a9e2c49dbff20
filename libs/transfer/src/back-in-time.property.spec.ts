import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import fc from 'fast-check';
import { checkSeeded } from '../../../test/support/seeded-property.js';
import { walls } from './between/between.fixture.js';
import { diffTenants } from './diff/diff-tenants.js';
import { disableJournal, enableJournal } from './journal/journal.js';
import { rewindTenant } from './journal/rewind-tenant.js';
import { takeBack } from './take-back/take-back.js';
import { undoTakeBack } from './take-back/undo-take-back.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const TABLES = ['people', '"Some Orders"', 'lines', 'visits'];
const shopOf = ({ roles }: TransferDeployment) =>
  migration('Shop1757000000001', [
    `create table people (id int primary key, name text, nick text, boss_id int references people on delete set null,
     loud text generated always as (upper(name)) stored, whisper text generated always as (lower(name)) virtual)`,
    `create table "Some Orders" (id uuid primary key, person_id int not null references people on delete cascade, total numeric, at timestamptz)`,
    `create table lines (order_id uuid references "Some Orders" on delete cascade on update cascade, n smallint, what jsonb, weight float8,
     primary key (order_id, n))`,
    'create table visits (page text, person_id int references people)',
    ...TABLES.flatMap((table) => walls(table, roles)),
    'create unique index on people (tenant_id, nick)',
  ]);

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([shopOf(deployment)]);
});
afterAll(() => deployment.close());

/** One of few rows, so that statements meet the same ones. */
const id = fc.integer({ min: 1, max: 6 });
const person = id.map((n) => `$base + ${n}`);
const order = id
  .map((n) => `'00000000-0000-7000-8000-' || lpad(($base * 10 + ${n})::text, 12, '0')`)
  .map((text) => `(${text})::uuid`);
const name = fc.constantFrom('null', `'Ada'`, `'Zoë 🐘'`, `E'tab\\t\\\\N'`, `''`);
const number = fc.constantFrom('null', `'NaN'`, '1.50', '1.5', '-0.0', `'Infinity'`);

const statement = fc.oneof(
  fc
    .tuple(person, name, person)
    .map(
      ([n, text, boss]) =>
        `insert into people (id, name, boss_id) values (${n}, ${text}, (select id from people where id = ${boss})) on conflict (id) do update set name = excluded.name`,
    ),
  fc
    .tuple(person, id)
    .map(
      ([n, nick]) =>
        `update people set nick = 'nick ${nick}' where id = ${n} and not exists (select from people where nick = 'nick ${nick}')`,
    ),
  fc
    .tuple(person, person)
    .map(
      ([n, boss]) => `update people set boss_id = (select id from people where id = ${boss}) where id = ${n}`,
    ),
  person.map(
    (n) =>
      `delete from people p where id = ${n} and not exists (select from visits v where v.person_id = p.id)`,
  ),
  fc
    .tuple(order, person, number)
    .map(
      ([o, n, total]) =>
        `insert into "Some Orders" select ${o}, id, ${total}::numeric, now() from people where id = ${n} on conflict do nothing`,
    ),
  fc
    .tuple(order, number)
    .map(([o, total]) => `update "Some Orders" set total = ${total}::numeric where id = ${o}`),
  order.map((o) => `delete from "Some Orders" where id = ${o}`),
  fc
    .tuple(order, id, number)
    .map(
      ([o, n, weight]) =>
        `insert into lines select id, ${n}, jsonb_build_object('n', ${n}), ${weight}::float8 from "Some Orders" where id = ${o} on conflict do nothing`,
    ),
  fc
    .tuple(id, number)
    .map(([n, weight]) => `update lines set weight = ${weight}::float8, n = n where n = ${n}`),
  fc
    .tuple(name, person)
    .map(
      ([page, n]) =>
        `insert into visits values (${page}, (select id from people where id = ${n})), (${page}, null)`,
    ),
  fc.constant(`delete from visits where person_id is null`),
);
const transaction = fc.record({
  statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
  /** Rolls back to a savepoint before the last statement, or everything. */
  end: fc.constantFrom('commit', 'commit', 'commit', 'savepoint', 'rollback'),
});
const history = fc.record({
  isolation: fc.constantFrom<TenantIsolation>('schema', 'schema', 'row', 'database'),
  before: fc.array(transaction, { maxLength: 3 }),
  after: fc.array(transaction, { minLength: 1, maxLength: 6 }),
  moment: fc.nat(),
});

let count = 0;

async function play(
  tenant: Tenant,
  base: number,
  { statements, end }: { statements: readonly string[]; end: string },
) {
  const runner = fleet.deployment.registry.for(tenant).createQueryRunner();
  await runner.startTransaction();
  for (const [index, text] of statements.entries()) {
    const isLast = index === statements.length - 1;
    if (isLast && end === 'savepoint') await runner.query('savepoint here');
    await runner.query(text.replaceAll('$base', String(base)));
    if (isLast && end === 'savepoint') await runner.query('rollback to savepoint here');
  }
  if (end === 'rollback') await runner.rollbackTransaction();
  else await runner.commitTransaction();
  await runner.release();
}

/** Every column of every row, exactly; but for whose it is. */
async function stateOf(tenant: Tenant): Promise<unknown> {
  const state: unknown[] = [];
  for (const table of TABLES)
    state.push(
      await deployment.query(
        fleet,
        tenant,
        `select (to_jsonb(t) - 'tenant_id')::text as row from ${table} t order by 1`,
      ),
    );
  return state;
}

async function differs(one: Tenant, other: Tenant): Promise<boolean> {
  const diff = diffTenants(fleet, one, other);
  for await (const _ of diff);
  return !diff.report.isEqual;
}

it('any moment of any history is rewound to, taken back, and that is undone, row for row', async () => {
  const neighbours = new Map<TenantIsolation, Tenant>();
  for (const isolation of ['schema', 'row', 'database'] as const) {
    const neighbour = await fleet.tenants.create({ slug: `neighbour-${isolation}`, isolation });
    await deployment.query(fleet, neighbour, `insert into people (id, name) values (1, 'mine'), (2, 'mine')`);
    neighbours.set(isolation, neighbour);
  }
  // A tenant is used for many histories: making databases takes longer than all else.
  const tenants = new Map<TenantIsolation, Tenant>();
  for (const isolation of neighbours.keys())
    tenants.set(isolation, await fleet.tenants.create({ slug: `live-${isolation}`, isolation }));

  const property = fc.asyncProperty(history, async ({ isolation, before, after, moment }) => {
    const live = tenants.get(isolation) as Tenant;
    const base = 1_000;
    await disableJournal(fleet, live);
    for (const one of before) await play(live, base, one);
    await enableJournal(fleet, live);
    const chosen = moment % after.length;
    let at = new Date();
    let then: unknown;
    for (const [index, one] of after.entries()) {
      if (index === chosen) {
        await delay(2);
        at = new Date();
        then = await stateOf(live);
        await delay(2);
      }
      await play(live, base, one);
    }
    const now = await stateOf(live);
    count += 1;
    const { tenant: rewound } = await rewindTenant(fleet, live, at, {
      slug: `then-${count}`,
      isolation: 'schema',
    });
    expect(await stateOf(rewound)).toEqual(then);

    const { rows } = await takeBack(fleet, live, { from: rewound });
    expect(await differs(live, rewound)).toBe(false);
    expect(await stateOf(live)).toEqual(then);
    if (rows > 0) {
      await undoTakeBack(fleet, live);
      expect(await stateOf(live)).toEqual(now);
    }
    await fleet.tenants.delete(rewound.slug);
    await fleet.tenants.purge(rewound.slug, { confirm: rewound.slug, beforeRetentionEnds: true });
  });
  await checkSeeded(property, { name: 'Back in time', runs: 100 });
  for (const neighbour of neighbours.values())
    expect(await deployment.query(fleet, neighbour, 'select id, name from people order by id')).toEqual([
      { id: 1, name: 'mine' },
      { id: 2, name: 'mine' },
    ]);
}, 600_000);
