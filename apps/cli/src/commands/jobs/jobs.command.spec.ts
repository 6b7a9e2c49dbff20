import { type Database, openDatabase, rowhouse } from '../../cli.fixture.js';

const NO_ID = '00000000-0000-4000-8000-000000000000';

let database: Database;
const run = (line: string) => rowhouse(['jobs', ...line.split(' ')], { cwd: '/', env: database.env });
const json = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout);
const enqueue = async (data: unknown) => {
  const { rows } = await database.admin.query(
    "select rowhouse.insert_job(id, 'send-invoice', $1, null, 0::int2, null, null) as id from rowhouse.tenants where slug = 'acme'",
    [JSON.stringify(data)],
  );
  return rows[0].id as string;
};

beforeAll(async () => {
  database = await openDatabase();
  // The catalog is made by the first command.
  expect(await run('list')).toMatchObject({ code: 0, stdout: 'No jobs.\n' });
  expect(await run('stats')).toMatchObject({ code: 0, stdout: 'No jobs.\n' });
  await database.admin.query(
    "insert into rowhouse.tenants (id, slug, name, status) values (gen_random_uuid(), 'acme', 'Acme', 'active')",
  );
});
afterAll(() => database.close());
afterEach(() => database.admin.query('delete from rowhouse.jobs'));

describe('rowhouse jobs', () => {
  it('list and stats show what waits, and what is held', async () => {
    const ids = [await enqueue(1), await enqueue(2)];
    const { stdout } = await run('list --tenant acme --state waiting');
    expect(stdout).toMatch(
      /^ID +NAME +TENANT +STATE +ATTEMPTS +DUE +FAILURE\n.* send-invoice .* waiting +0 /,
    );
    expect((await json('list --limit 1')).jobs).toMatchObject([{ id: ids[1], name: 'send-invoice' }]);
    expect((await run('list --limit 1')).stdout).toMatch(/There are more: --cursor \d+\n$/);
    const { nextCursor } = await json('list --limit 1');
    expect((await json(`list --cursor ${nextCursor}`)).jobs).toMatchObject([{ id: ids[0] }]);
    await database.admin.query("update rowhouse.tenants set status = 'suspended'");
    expect((await run('list')).stdout).toContain(' held ');
    expect(await json('stats')).toMatchObject({ jobs: [{ name: 'send-invoice', waiting: 2, held: 2 }] });
    expect((await run('stats --tenant acme')).stdout).toMatch(
      /^NAME +WAITING +HELD .*\nsend-invoice +2 +2 +0 /,
    );
    await database.admin.query("update rowhouse.tenants set status = 'active'");
  });

  it('show, cancel and retry are about one', async () => {
    const id = await enqueue({ order: 'o\u001b[31m' });
    expect((await run(`show ${id}`)).stdout).toContain('data           {"order":"o\\u001b[31m"}\n');
    expect(await run(`retry ${id}`)).toMatchObject({ code: 1 });
    expect(await run(`cancel ${id}`)).toMatchObject({
      code: 0,
      stdout: `The job ${id} (send-invoice) is cancelled.\n`,
    });
    expect(await run(`cancel ${id}`)).toMatchObject({ code: 1 });
    expect(await json(`retry ${id}`)).toMatchObject({ id, state: 'waiting' });
    const { rows } = await database.admin.query(
      "select actor ->> 'type' as type from rowhouse.audit_entries where target = $1 order by seq",
      [id],
    );
    expect(rows).toEqual([{ type: 'operator' }, { type: 'operator' }]);
  });

  it.each([
    `show ${NO_ID}`,
    `cancel ${NO_ID}`,
    'retry x',
    'list --tenant nobody',
    'list --state held',
    'list --name Bad',
    'list --cursor x',
    'stats --tenant nobody',
  ])('%s is refused', async (line) => {
    expect((await run(line)).code).toBe(2);
  });
});
