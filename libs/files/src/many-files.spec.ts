import { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import { FilesClient, FilesDeployment, NOTE } from './files.fixture.js';
import type { FileView } from './nest/file-view.js';

/** Of tenants that share the table, a hundred files each. */
const TENANTS = 100;

let open: FilesDeployment;
beforeAll(async () => {
  open = await FilesDeployment.open();
});
afterAll(() => open?.close());

it('presigning and listing take as many statements among 10,000 files of 100 tenants as among none, and read by the index', async () => {
  const app = await open.app();
  const client = new FilesClient(app.url, 'row-one');
  const { ambient } = app.app.get(DataSourceRegistry);
  let statements: string[] = [];
  ambient.logger.logQuery = (text) => void statements.push(text);
  const count = async (call: () => Promise<unknown>) => {
    statements = [];
    await call();
    return statements.length;
  };
  const calls = {
    presign: () => client.presign({ ...NOTE, sizeBytes: 5 }),
    list: () => client.call('GET', '?limit=20'),
  };
  const before = [await count(calls.presign), await count(calls.list)];
  expect(Math.min(...before)).toBeGreaterThan(0);

  const [row] = await open.query(app, 'row-one', "select 'tenant_files'::regclass::oid::int as oid");
  const server = new pg.Client({ connectionString: open.database.url });
  await server.connect();
  const { rows } = await server.query('select $1::oid::regclass::text as name', [row?.['oid']]);
  const table = rows[0].name;
  await server.query(
    `insert into ${table} (tenant_id, id, module, name, content_type, size_bytes, state, created_at, upload_expires_at)
       select tenant, gen_random_uuid(), 'notes', 'note.txt', 'text/plain', 5, 'ready', now() - n * interval '1 minute', now()
         from unnest($1::uuid[] || array(select gen_random_uuid() from generate_series(2, $2))) tenant, generate_series(1, 100) n`,
    [[open.tenant('row-one').id], TENANTS],
  );
  await server.query(`analyze ${table}`);
  await server.end();

  expect([await count(calls.presign), await count(calls.list)]).toEqual(before);
  const list = statements.find((text) => text.includes('ORDER BY')) ?? '';
  expect(list).not.toBe('');
  const plan = JSON.stringify(await open.query(app, 'row-one', `explain ${list}`));
  expect(plan).toMatch(/Index Scan/);
  const { body } = await client.call<{ items: FileView[]; next: string }>('GET', '?limit=20');
  expect(body.items).toHaveLength(20);
  expect(body.next).toBeTruthy();
});
