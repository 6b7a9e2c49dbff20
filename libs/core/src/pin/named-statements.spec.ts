/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import pg from 'pg';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantPool, type TenantPoolConfig } from '../pool/tenant-pool.js';
import type { PinMode } from '../pool-options.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';

/** Two tenants at two versions of the app's schema. */
const acme = makeTenant('acme');
const globex = makeTenant('globex');

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

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, [acme, globex]);
  await admin.query(`create table ${acme.schema}.products (id int primary key, name text)`);
  await admin.query(`create table ${globex.schema}.products (id int primary key, name text, price int)`);
  for (const { schema, slug } of [acme, globex])
    await admin.query(`insert into ${schema}.products (id, name) values (1, '${slug} one')`);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

const all = { name: 'all products', text: 'select * from products' };

describe.each<PinMode>(['statement', 'session'])('a named statement, with %s pins', (pin) => {
  it('belongs to its tenant, where tenants are at two versions of the schema', async () => {
    const pool = openPool({ pin });
    for (const tenant of [acme, globex, acme, globex]) {
      const { rows, fields } = await as(tenant, () => pool.query(all));
      expect(rows[0].name).toBe(`${tenant.slug} one`);
      expect(fields).toHaveLength(tenant === acme ? 2 : 3);
    }
    expect(pool.stats()).toMatchObject({ total: 1, discarded: 0 });
  });

  it('may have another text in another tenant, and not in the same one', async () => {
    const pool = openPool({ pin });
    await as(acme, () => pool.query({ name: 'one', text: 'select 1 as n' }));
    const { rows } = await as(globex, () => pool.query({ name: 'one', text: 'select 2 as n' }));
    expect(rows).toEqual([{ n: 2 }]);
    await expect(as(acme, () => pool.query({ name: 'one', text: 'select 3 as n' }))).rejects.toThrow(
      /'one' was used for a different statement/,
    );
  });

  it('is told from another whose first 63 bytes are the same', async () => {
    const pool = openPool({ pin });
    const long = 'n'.repeat(70);
    for (const n of [1, 2, 1, 2]) {
      const { rows } = await as(acme, () => pool.query({ name: `${long}${n}`, text: `select ${n} as n` }));
      expect(rows).toEqual([{ n }]);
    }
  });

  it('is parsed once for its tenant on a connection', async () => {
    const pool = openPool({ pin });
    for (const tenant of [acme, globex, acme, globex]) await as(tenant, () => pool.query(all));
    const { rows } = await as(acme, () =>
      pool.for(acme).query('select count(*)::int as n from pg_stat_activity where pid = pg_backend_pid()'),
    );
    expect(rows).toEqual([{ n: 1 }]);
    const parsed = await TenantContext.runAsSystem('test', () =>
      pool.query(`select count(*)::int as n from pg_prepared_statements where statement = '${all.text}'`),
    );
    expect(parsed.rows).toEqual([{ n: 2 }]);
  });

  it('may be sent again by its name alone, by its own tenant', async () => {
    const pool = openPool({ pin });
    await as(acme, () => pool.query(all));
    const { rows } = await as(acme, () => pool.query({ name: all.name } as pg.QueryConfig));
    expect(rows).toEqual([{ id: 1, name: 'acme one' }]);
    await expect(as(globex, () => pool.query({ name: all.name } as pg.QueryConfig))).rejects.toMatchObject({
      code: 'STATEMENT_REFUSED',
    });
  });

  it('works again at once after its tenant was migrated', async () => {
    const pool = openPool({ pin });
    await as(globex, () => pool.query(all));
    await admin.query(`alter table ${globex.schema}.products add column stock int`);
    await as(globex, () => pool.query(all)).catch(({ code }) => expect(code).toBe('0A000'));
    expect((await as(globex, () => pool.query(all))).fields).toHaveLength(4);
    await admin.query(`alter table ${globex.schema}.products drop column stock`);
    expect(pool.stats()).toMatchObject({ total: 1, discarded: 0 });
  });

  it('may be corrected after its text or its values were refused', async () => {
    const pool = openPool({ pin });
    const client = await as(acme, () => pool.connect());
    await expect(client.query({ name: 'mine', text: 'select nonsense' })).rejects.toThrow(/nonsense/);
    const mine = { name: 'mine', text: 'select $1::int as n' };
    await expect(client.query({ ...mine, values: ['x'] })).rejects.toMatchObject({ code: '22P02' });
    const broken = {
      toPostgres: () => {
        throw new Error('no value');
      },
    }; // prettier-ignore
    await expect(client.query({ ...mine, values: [broken] })).rejects.toThrow('no value');
    await client.query({ ...mine, values: [1] }).catch(({ code }) => expect(code).toBe('26000'));
    expect((await client.query({ ...mine, values: [2] })).rows).toEqual([{ n: 2 }]);
    client.release();
  });

  it('is parsed again after DEALLOCATE ALL', async () => {
    const pool = openPool({ pin });
    const client = await as(acme, () => pool.connect());
    await client.query(all);
    await client.query('deallocate all');
    expect((await client.query(all)).rows).toHaveLength(1);
    client.release();
  });

  it('is out of reach of EXECUTE and DEALLOCATE', async () => {
    const pool = openPool({ pin });
    const client = await as(acme, () => pool.connect());
    await client.query({ name: 'mine', text: 'select 1 as n' });
    await expect(client.query('execute mine')).rejects.toMatchObject({ code: '26000' });
    await expect(client.query('deallocate rowhouse_s1')).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    await expect(client.query('execute rowhouse_s1')).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    await client.query('prepare mine as select 2 as n');
    expect((await client.query('execute mine')).rows).toEqual([{ n: 2 }]);
    expect((await client.query({ name: 'mine', text: 'select 1 as n' })).rows).toEqual([{ n: 1 }]);
    client.release();
  });

  it('leaves its connection when many others came after it', async () => {
    const pool = openPool({ pin, guard: { mode: 'off' } });
    const client = await as(acme, () => pool.connect());
    const count = async () => {
      const { rows } = await client.query(
        "select count(*)::int as n from pg_prepared_statements where name not like 'rowhouse\\_sp%'",
      );
      return rows[0].n as number;
    };
    for (let n = 0; n < 300; n += 1) {
      const { rows } = await client.query({ name: `s${n}`, text: `select ${n} as n` });
      expect(rows).toEqual([{ n }]);
    }
    // The pin, and as many as a connection keeps; one that was closed is parsed again.
    expect(await count()).toBeLessThanOrEqual(257);
    await client.query('begin');
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await expect(client.query({ name: 's0', text: 'select 0 as n' })).rejects.toMatchObject({
      code: '25P02',
    });
    await client.query('rollback');
    expect((await client.query({ name: 's0', text: 'select 0 as n' })).rows).toEqual([{ n: 0 }]);
    expect(await count()).toBeLessThanOrEqual(257);
    client.release();
  });

  it("serves Drizzle's prepared statements of many tenants in parallel", async () => {
    const products = pgTable('products', { id: integer('id').primaryKey(), name: text('name') });
    const db = drizzle(openPool({ pin, max: 3 }));
    const byId = db
      .select()
      .from(products)
      .where(sql`${products.id} = ${sql.placeholder('id')}`)
      .prepare('product by id');
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const tenant = index % 2 === 0 ? acme : globex;
        expect(await as(tenant, () => byId.execute({ id: 1 }))).toEqual([
          { id: 1, name: `${tenant.slug} one` },
        ]);
      }),
    );
  });

  it('answers as the same statement without a name would, whatever came before it', async () => {
    const texts = [
      'select * from products',
      'select count(*)::int as n from products',
      'select 1 / 0',
      'selec',
    ];
    const step = fc.record({
      tenant: fc.constantFrom(acme, globex),
      name: fc.constantFrom('a', 'b', 'rowhouse_pin', 'rowhouse_s1', 'x'.repeat(64), `${'x'.repeat(63)}y`),
      text: fc.nat(texts.length - 1),
      before: fc.constantFrom(undefined, 'begin', 'deallocate all', 'select 1 / 0'),
    });
    const named = openPool({ pin });
    const plain = openPool({ pin });
    const outcome = (work: Promise<pg.QueryResult>) =>
      work.then(
        ({ rows }) => rows,
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        for (const { tenant, name, text: index, before } of steps) {
          const answers: unknown[] = [];
          for (const pool of [named, plain]) {
            const client = await as(tenant, () => pool.connect());
            const query = { text: texts[index] ?? '', name: pool === named ? `${name}${index}` : undefined };
            if (before) await outcome(client.query(before));
            answers.push(await outcome(client.query(query as pg.QueryConfig)));
            await outcome(client.query('rollback'));
            client.release();
          }
          expect(answers[0]).toEqual(answers[1]);
        }
      }),
      { numRuns: 25 },
    );
  });
});
