import pg from 'pg';
import { createTemplateDatabase, createTestDatabase } from './test-database.js';

async function queryOn(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const serverUrl = () => process.env['ROWHOUSE_TEST_URL'] ?? '';

describe('createTestDatabase', () => {
  it('makes a database of its own', async () => {
    const [a, b] = [await createTestDatabase(), await createTestDatabase()];
    await queryOn(a.url, 'create table only_in_a (id int)');
    expect(await queryOn(a.url, `select to_regclass('only_in_a') is not null as there`)).toEqual([
      { there: true },
    ]);
    expect(await queryOn(b.url, `select to_regclass('only_in_a') is not null as there`)).toEqual([
      { there: false },
    ]);
    await Promise.all([a.drop(), b.drop()]);
  });

  it('drops the database although a connection is open, and a second time without complaint', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    const cutOff = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await database.drop();
    await cutOff;
    const left = await queryOn(serverUrl(), `select from pg_database where datname = '${database.name}'`);
    expect(left).toEqual([]);
  });

  it('says what to do when there is no server', async () => {
    await expect(createTestDatabase({ serverUrl: '' })).rejects.toThrow('ROWHOUSE_TEST_URL');
  });
});

describe('createTemplateDatabase', () => {
  const name = `template "quoted" ${process.pid}`;
  afterAll(() => queryOn(serverUrl(), `drop database if exists ${pg.escapeIdentifier(name)} with (force)`));

  it('builds once, however many ask, and is cloned whole', async () => {
    let builds = 0;
    const build = async (url: string) => {
      builds++;
      await queryOn(url, 'create table seeded as select 42 as answer');
    };
    await Promise.all(Array.from({ length: 5 }, () => createTemplateDatabase(name, build)));
    expect(builds).toBe(1);
    const clone = await createTestDatabase({ template: name });
    expect(await queryOn(clone.url, 'select answer from seeded')).toEqual([{ answer: 42 }]);
    await clone.drop();
  });

  it('leaves nothing behind when the build fails, so that the next call builds', async () => {
    const broken = `broken_${process.pid}`;
    const failing = createTemplateDatabase(broken, () => Promise.reject(new Error('seed is wrong')));
    await expect(failing).rejects.toThrow('seed is wrong');
    const left = await queryOn(serverUrl(), `select from pg_database where datname like '${broken}%'`);
    expect(left).toEqual([]);
  });

  it('refuses names that PostgreSQL would cut short', async () => {
    await expect(createTestDatabase({ template: 'x'.repeat(64) })).rejects.toThrow('1 to 63 bytes');
  });
});
