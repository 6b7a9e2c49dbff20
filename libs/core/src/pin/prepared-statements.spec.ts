/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import fc from 'fast-check';
import pg from 'pg';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
import { openWireTap } from '../../../../test/support/wire-tap.js';
import { TenantPool, type TenantPoolConfig } from '../pool/tenant-pool.js';
import type { PinMode } from '../pool-options.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
/** With the tables of those, for a pool that prepares nothing. */
const twinOf = new Map([acme, globex].map((tenant) => [tenant.id, makeTenant(`${tenant.slug}-twin`)]));
const everybody = [acme, globex, ...twinOf.values()];

let database: TestDatabase;
let admin: pg.Client;
const pools: TenantPool[] = [];

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: database.loginUrl, max: 1, ...config });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);
/** As it is read when its home was changed. */
const readAnew = (tenant: Tenant): Tenant => ({ ...tenant });

async function makeTables(): Promise<void> {
  for (const { schema, slug } of everybody) {
    await admin.query(`drop table if exists ${schema}.products`);
    await admin.query(
      `create table ${schema}.products (id int primary key, name text, price int, day date default '2026-01-01')`,
    );
    await admin.query(
      `insert into ${schema}.products select n, '${slug}'::text || n, n from generate_series(1, 5) n`,
    );
  }
}

/** The texts that connections of a pool have prepared, with how often. */
async function preparedOn(pool: TenantPool): Promise<Record<string, number>> {
  const { rows } = await TenantContext.runAsSystem('test', () =>
    pool.query<{ statement: string; n: number }>(
      `select statement, count(*)::int as n from pg_prepared_statements where name like 'rowhouse_sp%' and statement not like '%pg_prepared_statements%' group by 1`,
    ),
  );
  return Object.fromEntries(rows.map(({ statement, n }) => [statement, n]));
}

const sleeping = 'select pg_sleep(60), name from products where id = $1';

/** Cancels {@link sleeping} once, when it sleeps (a request before that may be ignored), unless it has ended before: its column may be gone. */
async function cancelSleep(sleep: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  void sleep.then(() => {
    hasEnded = true;
  });
  await until(async () => {
    const { rowCount } = await admin.query(
      `select pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep' and query = $1`,
      [sleeping],
    );
    return hasEnded || rowCount === 1;
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, everybody);
});

beforeEach(makeTables);

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const all = 'select * from products order by id';
const one = 'select name from products where id = $1';

describe.each<PinMode>(['statement', 'session'])('a statement, with %s pins', (pin) => {
  it('is prepared when its tenant sends it for the second time on a connection', async () => {
    const pool = openPool({ pin });
    await as(acme, () => pool.query(one, [1]));
    expect(await preparedOn(pool)).toEqual({});
    for (const id of [2, 3])
      expect((await as(acme, () => pool.query(one, [id]))).rows).toEqual([{ name: `acme${id}` }]);
    await as(globex, () => pool.query(one, [1]));
    expect(await preparedOn(pool)).toEqual({ [one]: 1 });
    expect((await as(globex, () => pool.query(one, [1]))).rows).toEqual([{ name: 'globex1' }]);
    expect(await preparedOn(pool)).toEqual({ [one]: 2 });
  });

  it('is answered in one round trip, without the description of its rows', async () => {
    const tap = await openWireTap(database.loginUrl);
    const pool = openPool({ pin, connectionString: tap.url });
    await as(globex, () => pool.query(all));
    const bytes: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      tap.reset();
      const { rows, fields } = await as(acme, () => pool.query(all));
      expect(rows).toHaveLength(5);
      expect(fields.map(({ name }) => name)).toEqual(['id', 'name', 'price', 'day']);
      expect(tap.roundTrips).toBe(1);
      bytes.push(tap.bytes);
    }
    expect(bytes[3]).toBe(bytes[2]);
    expect(bytes[2]).toBeLessThan(bytes[0] as number);
    await tap.close();
  });

  it('keeps arrays of rows, parsers of types and results as pg makes them', async () => {
    const pool = openPool({ pin });
    const plain = openPool({ pin, maxPreparedStatements: 0 });
    for (const query of [
      { text: all },
      { text: all, rowMode: 'array' as const },
      { text: 'delete from products where id > $1', values: [99] },
    ]) {
      const expected = await as(acme, () => plain.query(query));
      for (let time = 0; time < 3; time += 1) {
        const { rows, fields, rowCount, command } = await as(acme, () => pool.query(query));
        expect({ rows, fields, rowCount, command }).toEqual({
          rows: expected.rows,
          fields: expected.fields,
          rowCount: expected.rowCount,
          command: expected.command,
        });
        fields.length = 0;
      }
    }
  });

  it('is not prepared where values are dates: they would be read as the type that the column had', async () => {
    const pool = openPool({ pin });
    const byDay = 'select id from products where day = $1';
    for (let time = 0; time < 4; time += 1)
      expect((await as(acme, () => pool.query(byDay, ['2026-01-01T10:00']))).rows).toHaveLength(5);
    expect(await preparedOn(pool)).toEqual({});
    await admin.query(`alter table ${acme.schema}.products alter day type timestamp`);
    expect((await as(acme, () => pool.query(byDay, ['2026-01-01T10:00']))).rows).toEqual([]);
  });

  it('is sent anew where its columns have changed, and nobody said so', async () => {
    const pool = openPool({ pin });
    for (let time = 0; time < 3; time += 1) await as(acme, () => pool.query(all));
    await admin.query(`alter table ${acme.schema}.products add column stock int`);
    expect((await as(acme, () => pool.query(all))).fields).toHaveLength(5);
    for (let time = 0; time < 3; time += 1) await as(acme, () => pool.query(one, [1]));
    await admin.query(`alter table ${acme.schema}.products alter id type text`);
    expect((await as(acme, () => pool.query(one, ['x']))).rows).toEqual([]);
    expect(pool.stats()).toMatchObject({ total: 1, discarded: 0 });
  });

  it('is sent anew as the first of a transaction, which goes on', async () => {
    const pool = openPool({ pin });
    for (let time = 0; time < 3; time += 1) await as(acme, () => pool.query(all));
    await admin.query(`alter table ${acme.schema}.products add column stock int`);
    const client = await as(acme, () => pool.connect());
    await client.query('begin isolation level repeatable read');
    expect((await client.query(all)).fields).toHaveLength(5);
    expect((await client.query('show transaction isolation level')).rows).toEqual([
      { transaction_isolation: 'repeatable read' },
    ]);
    await client.query('update products set stock = 7');
    await client.query('commit');
    expect((await client.query('select sum(stock)::int as n from products')).rows).toEqual([{ n: 35 }]);
    client.release();
    expect(pool.stats()).toMatchObject({ total: 1, discarded: 0 });
  });

  it('is prepared anew when its tenant was read anew, as after a migration', async () => {
    const pool = openPool({ pin });
    for (let time = 0; time < 3; time += 1) await as(acme, () => pool.query(all));
    await admin.query(`alter table ${acme.schema}.products add column stock int`);
    const client = await as(readAnew(acme), () => pool.connect());
    for (const text of ['begin', 'select 1']) await client.query(text);
    expect((await client.query(all)).fields).toHaveLength(5);
    await client.query('commit');
    client.release();
  });

  it('is closed when others were prepared since, and a tenant keeps no more than half of them', async () => {
    const pool = openPool({ pin, maxPreparedStatements: 10 });
    const twice = async (tenant: Tenant, n: number) => {
      for (let time = 0; time < 2; time += 1)
        await as(tenant, () => pool.query(`select ${n} as n from products`));
    };
    for (let n = 0; n < 20; n += 1) await twice(acme, n);
    expect(Object.keys(await preparedOn(pool)).sort()).toEqual(
      [15, 16, 17, 18, 19].map((n) => `select ${n} as n from products`),
    );
    for (let n = 0; n < 20; n += 1) await twice(globex, n);
    expect(Object.keys(await preparedOn(pool)).length).toBeLessThanOrEqual(10);
  });

  it('fails as it would without a name, and the next one does not', async () => {
    const pool = openPool({ pin });
    for (let time = 0; time < 3; time += 1) await as(acme, () => pool.query(one, [1]));
    await expect(as(acme, () => pool.query(one, ['x']))).rejects.toMatchObject({ code: '22P02' });
    await expect(as(acme, () => pool.query(one, []))).rejects.toMatchObject({ code: '08P01' });
    const broken = {
      toPostgres: () => {
        throw new Error('no value');
      },
    };
    await expect(as(acme, () => pool.query(one, [broken]))).rejects.toThrow('no value');
    expect((await as(acme, () => pool.query(one, [2]))).rows).toEqual([{ name: 'acme2' }]);
    expect(pool.stats()).toMatchObject({ total: 1 });
  });

  it('is parsed again after DEALLOCATE ALL', async () => {
    const pool = openPool({ pin });
    const client = await as(acme, () => pool.connect());
    for (let time = 0; time < 3; time += 1) await client.query(one, [1]);
    await client.query('deallocate all');
    for (let time = 0; time < 3; time += 1)
      expect((await client.query(one, [3])).rows).toEqual([{ name: 'acme3' }]);
    client.release();
  });

  it('answers as it would unprepared, whatever came before it', async () => {
    const statements: ReadonlyArray<readonly [string, ...unknown[]]> = [
      [all],
      [one, 1],
      [one, '2'],
      [one, 'x'],
      ['select * from products where price > $1 order by id', '2'],
      ['select count(*)::int as n from products where day >= $1', '2026-01-01T10:00'],
      [
        'insert into products (id, name, price) select max(id) + 1, $1, $2 from products returning *',
        'new',
        3,
      ],
      ['update products set price = $1 where id = 1 returning *', 4],
      ['update products set price = $1 where id = 1', 2_147_483_648],
      ['delete from products where id = $1', 5],
      ['select 1 / (count(*) - count(*)) from products'],
      ['select gone from products'],
      ['selec'],
    ];
    const migrations = [
      'alter table products add column extra int default 1',
      'alter table products drop column if exists extra',
      'alter table products alter price type bigint',
      'alter table products alter price type int using least(price::bigint, 9)::int',
      'alter table products alter price type text',
      'alter table products alter day type timestamp using day::text::timestamp',
      'alter table products alter day type date using day::text::date',
      'alter table products rename column name to title',
      'alter table products rename column title to name',
      'create table fresh as select * from products; drop table products; alter table fresh rename to products',
    ];
    const statement = fc.nat(statements.length - 1);
    const step = fc.record({
      tenant: fc.constantFrom(acme, globex),
      what: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
            end: fc.constantFrom(undefined, 'commit', 'rollback'),
          }),
        },
        { weight: 1, arbitrary: fc.record({ migration: fc.nat(migrations.length - 1) }) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'deallocate all',
            'discard all',
            'savepoint',
            'cancelled',
            'closed' as const,
          ),
        },
      ),
    });
    const outcome = (work: Promise<pg.QueryResult>) =>
      work.then(
        ({ rows, rowCount, command, fields }) => ({
          rows,
          rowCount,
          command,
          fields: fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
        }),
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
    const plain = openPool({ pin, maxPreparedStatements: 0 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isAnnounced) => {
        await makeTables();
        const prepared = openPool({ pin, maxPreparedStatements: 12, maxTenantsPerConnection: 3 });
        const read = new Map([acme, globex].map((tenant) => [tenant.id, tenant]));
        for (const { tenant, what } of steps) {
          const twin = twinOf.get(tenant.id) as Tenant;
          if (typeof what === 'object' && 'migration' in what) {
            for (const { schema } of [tenant, twin]) {
              await admin.query(`set search_path = ${schema}`);
              await admin.query(migrations[what.migration] ?? '').catch(() => {});
            }
            if (isAnnounced) read.set(tenant.id, readAnew(tenant));
            continue;
          }
          const answers: unknown[][] = [];
          for (const [pool, whose] of [
            [prepared, read.get(tenant.id) as Tenant],
            [plain, twin],
          ] as const) {
            const client = await as(whose, () => pool.connect());
            const given: unknown[] = [];
            if (typeof what === 'string') {
              const texts =
                what === 'savepoint'
                  ? ['begin', 'savepoint s', 'selec', 'rollback to s', all, 'commit']
                  : what === 'closed' || what === 'cancelled'
                    ? []
                    : [what];
              for (const text of texts) given.push(await outcome(client.query(text)));
              if (what === 'cancelled') {
                const sleep = outcome(client.query(sleeping, [1]));
                await cancelSleep(sleep);
                given.push(await sleep);
              }
              client.release(what === 'closed');
            } else {
              // What changed unannounced is told by errors, which only the first statement of a transaction survives.
              const sent = what.end && !isAnnounced ? what.statements.slice(0, 1) : what.statements;
              if (what.end) await client.query('start transaction');
              for (const index of sent) {
                const [text, ...values] = statements[index] ?? [''];
                given.push(await outcome(client.query(text, values)));
              }
              if (what.end) given.push(await outcome(client.query(what.end)));
              client.release();
            }
            answers.push(given);
          }
          expect(JSON.stringify(answers[0]).replaceAll(tenant.slug, '')).toEqual(
            JSON.stringify(answers[1]).replaceAll(twin.slug, ''),
          );
        }
        await prepared.end();
        pools.splice(pools.indexOf(prepared), 1);
      }),
      { numRuns: 40 },
    );
  });
});
