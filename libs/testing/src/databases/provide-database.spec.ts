import pg from 'pg';
import { provideDatabase } from './provide-database.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

async function queryOn(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('provideDatabase', () => {
  let server: TestDatabase;
  let name: string;
  beforeAll(async () => {
    server = await createTestDatabase();
    name = `${server.name}_shop`;
  });
  afterAll(async () => {
    await queryOn(server.url, `drop database ${name} with (force)`);
    await queryOn(server.url, `drop role ${name}, ${name}_owner`);
    await server.drop();
  });

  it('makes a database whose owner is no superuser, and a login that owns nothing', async () => {
    const { url, ownerUrl } = await provideDatabase(server.url, name);
    const [role] = await queryOn(
      url,
      `select current_user::text as name, current_database()::text as database, rolsuper, rolcreaterole, rolbypassrls
         from pg_roles where rolname = current_user`,
    );
    expect(role).toEqual({
      name,
      database: name,
      rolsuper: false,
      rolcreaterole: false,
      rolbypassrls: false,
    });
    await queryOn(ownerUrl, 'create schema a_tenant; create table public.kept as select 1');
    await expect(queryOn(url, 'create schema another')).rejects.toThrow('permission denied');
    await expect(queryOn(url, 'select * from kept')).rejects.toThrow('permission denied');
  });

  it('finds it again with its data, under a new password', async () => {
    const [before, after] = [
      await provideDatabase(server.url, name),
      await provideDatabase(server.url, name),
    ];
    for (const url of [before.url, before.ownerUrl])
      await expect(queryOn(url, 'select')).rejects.toThrow('password authentication failed');
    expect(await queryOn(after.ownerUrl, 'select * from kept')).toHaveLength(1);
  });
});
