import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { CatalogTooNewError } from '../errors.js';
import { migrateCatalog } from './migrate-catalog.js';
import { CATALOG_STEPS } from './steps/index.js';

const ACME = '11111111-1111-4111-8111-111111111111';
const GLOBEX = '22222222-2222-4222-8222-222222222222';

describe('migrateCatalog', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 5 });
    // pool.end() does not wait until its connections are closed, and drop() ends those that are left.
    pool.on('error', () => undefined);
  });

  afterEach(async () => {
    await pool?.end();
    await database?.drop();
  });

  const versions = CATALOG_STEPS.map(({ version }) => version);
  const newest = versions.at(-1);

  it('numbers its steps from 1 without gaps', () => {
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  });

  it('makes the catalog once, and then only looks at it', async () => {
    expect(await migrateCatalog(pool)).toEqual({ version: newest, applied: versions });
    expect(await migrateCatalog(pool)).toEqual({ version: newest, applied: [] });
    const { rows } = await pool.query('select version from rowhouse.catalog_migrations order by version');
    expect(rows.map((row) => row.version)).toEqual(versions);
  });

  it('is applied once when five instances start together', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => pool.connect()));
    // A default isolation that fixes the snapshot before the wait for the lock must not matter.
    for (const client of clients) await client.query('set default_transaction_isolation = serializable');
    const reports = await Promise.all(clients.map((client) => migrateCatalog(client)));
    for (const client of clients) client.release(true);
    expect(reports.flatMap((report) => report.applied)).toEqual(versions);
    expect(reports.map((report) => report.version)).toEqual(reports.map(() => newest));
  });

  it('refuses a catalog that a newer release has migrated, and says what to do', async () => {
    await migrateCatalog(pool);
    await pool.query(
      "insert into rowhouse.catalog_migrations (version, name) values (999, 'from the future')",
    );
    const refusal = migrateCatalog(pool);
    await expect(refusal).rejects.toThrow(CatalogTooNewError);
    await expect(refusal).rejects.toThrow(/version 999.*Deploy the release/s);
  });

  it('continues from the version it finds', async () => {
    await migrateCatalog(pool, CATALOG_STEPS.slice(0, 1));
    expect(await migrateCatalog(pool)).toEqual({ version: newest, applied: versions.slice(1) });
  });

  it('leaves nothing behind when a step fails, and the pool usable', async () => {
    const broken = [...CATALOG_STEPS, { version: 1_000, name: 'broken', sql: 'select 1/0' }];
    await expect(migrateCatalog(pool, broken)).rejects.toThrow(/division by zero/);
    const { rows } = await pool.query("select to_regnamespace('rowhouse') is null as absent");
    expect(rows).toEqual([{ absent: true }]);
    await migrateCatalog(pool);
  });

  it('needs no right to create anything when it is up to date', async () => {
    await migrateCatalog(pool);
    const login = `app_${database.name}`;
    await pool.query(`
      create role ${login} login password 'app';
      grant usage on schema rowhouse to ${login};
      grant select on rowhouse.catalog_migrations to ${login};
    `);
    const url = new URL(database.url);
    url.username = login;
    url.password = 'app';
    const client = new pg.Client({ connectionString: url.href });
    try {
      await client.connect();
      expect(await migrateCatalog(client)).toEqual({ version: newest, applied: [] });
    } finally {
      await client.end();
      await pool.query(`drop owned by ${login}; drop role ${login}`);
    }
  });

  it('waits for nobody when it is up to date', async () => {
    await migrateCatalog(pool);
    const client = await pool.connect();
    await client.query('begin; lock table rowhouse.catalog_migrations in exclusive mode');
    expect(await migrateCatalog(pool)).toEqual({ version: newest, applied: [] });
    await client.query('rollback');
    client.release();
  });

  it('says that others are in the way, when they are for too long', async () => {
    const client = await pool.connect();
    let tries = 0;
    const query = client.query.bind(client) as (text: string) => Promise<unknown>;
    const blocked = Object.create(client, {
      query: {
        value: async (text: string) => {
          if (!text.startsWith('lock table')) return query(text);
          tries++;
          throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
        },
      },
    });
    await expect(migrateCatalog(blocked)).rejects.toMatchObject({ code: 'CATALOG_BUSY' });
    expect(tries).toBe(6);
    client.release();
    const { rows } = await pool.query("select to_regnamespace('rowhouse') is null as absent");
    expect(rows).toEqual([{ absent: true }]);
  });

  it('means the same under a path that shadows what PostgreSQL brings', async () => {
    await pool.query(`
      create schema evil;
      create domain evil.text as pg_catalog.text check (value = 'only this');
      create domain evil.uuid as pg_catalog.text;
      create function evil.pg_notify(text, text) returns void language plpgsql as 'begin raise ''misled''; end';
      create function evil.never(pg_catalog.text, pg_catalog.text) returns boolean language sql as 'select false';
      create operator evil.= (leftarg = pg_catalog.text, rightarg = pg_catalog.text, function = evil.never);
      create operator evil.~ (leftarg = pg_catalog.text, rightarg = pg_catalog.text, function = evil.never);
    `);
    const client = new pg.Client({
      connectionString: database.url,
      options: '-c search_path=evil,pg_catalog',
    });
    await client.connect();
    try {
      await migrateCatalog(client);
      await client.query('insert into rowhouse.tenants (id, slug, name) values ($1, $2, $3)', [
        ACME,
        'acme',
        'Acme',
      ]);
    } finally {
      await client.end();
    }
    const { rows } = await pool.query('select slug, status from rowhouse.tenants');
    expect(rows).toEqual([{ slug: 'acme', status: 'active' }]);
  });

  it.each([
    ['slug', `('${ACME}', 'Acme', 'x')`, 'id, slug, name'],
    ['slug', `('${ACME}', e'acme\\n', 'x')`, 'id, slug, name'],
    ['name', `('${ACME}', 'acme', '')`, 'id, slug, name'],
    ['status', `('${ACME}', 'acme', 'x', 'unheard-of')`, 'id, slug, name, status'],
    ['isolation', `('${ACME}', 'acme', 'x', 'none')`, 'id, slug, name, isolation'],
    ['metadata', `('${ACME}', 'acme', 'x', '[]')`, 'id, slug, name, metadata'],
  ])('has the database check the %s', async (column, values, columns) => {
    await migrateCatalog(pool);
    await expect(
      pool.query(`insert into rowhouse.tenants (${columns}) values ${values}`),
    ).rejects.toMatchObject({
      code: '23514',
      constraint: `tenants_${column}_check`,
    });
  });

  it('tells of changes to tenants, domains and keys, of the old and the new owner', async () => {
    await migrateCatalog(pool);
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    await listener.query('listen rowhouse_tenants');
    const heard: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    const heardAfter = async (sql: string) => {
      heard.length = 0;
      await pool.query(sql);
      // Notifications come before the answer to a statement that begins after their commit.
      await listener.query('select 1');
      return [...heard].sort();
    };

    try {
      const insert = 'insert into rowhouse.tenants (id, slug, name) values';
      expect(await heardAfter(`${insert} ('${ACME}', 'acme', 'A'), ('${GLOBEX}', 'globex', 'G')`)).toEqual([
        ACME,
        GLOBEX,
      ]);
      expect(await heardAfter(`update rowhouse.tenants set plan = 'pro' where id = '${ACME}'`)).toEqual([
        ACME,
      ]);
      for (const [table, column, value] of [
        ['tenant_domains', 'domain', `'acme.test'`],
        ['tenant_api_keys', 'label, key_hash', `'ci', sha256('k')`],
      ]) {
        const add = `insert into rowhouse.${table} (tenant_id, ${column}) values ('${ACME}', ${value})`;
        expect(await heardAfter(add)).toEqual([ACME]);
        expect(await heardAfter(`update rowhouse.${table} set tenant_id = '${GLOBEX}'`)).toEqual([
          ACME,
          GLOBEX,
        ]);
        expect(await heardAfter(`delete from rowhouse.${table}`)).toEqual([GLOBEX]);
        expect(await heardAfter(`truncate rowhouse.${table}`)).toEqual(['']);
      }
      expect(await heardAfter(`delete from rowhouse.tenants where id = '${ACME}'`)).toEqual([ACME]);
      expect(await heardAfter('truncate rowhouse.tenants cascade')).toEqual(['']);
    } finally {
      await listener.end();
    }
  });
});
