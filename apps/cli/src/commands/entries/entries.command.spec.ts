import { type Database, openDatabase, rowhouse, type Situation } from '../../cli.fixture.js';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await rowhouse(['tenants', 'list'], { env: database.env, cwd: '/' });
  await database.admin.query(
    `insert into rowhouse.tenants (id, slug, name, status) values (gen_random_uuid(), 'acme', 'Acme', 'active'),
      (gen_random_uuid(), 'globex', 'Globex', 'archived')`,
  );
});
afterAll(() => database.close());

const run = (args: readonly string[], situation: Situation = {}) =>
  rowhouse(args, { env: database.env, cwd: '/', ...situation });
const enter = (...args: string[]) => run(['enter', 'acme', '--reason', 'Ticket 4711: totals', ...args]);

describe('rowhouse enter and entries', () => {
  it('print a token once, list entries and end them', async () => {
    const { code, stdout, stderr } = await enter();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^(rhe_\w{43}_[0-9a-f]{8})\n\n {2}curl -H 'Rowhouse-Entry: \1' .*\n\nThis is the only time/,
    );
    expect(stdout).toContain('only reads');
    const [token = ''] = stdout.split('\n');
    const writing = JSON.parse((await enter('--write', '--minutes', '5', '--json')).stdout);
    expect(writing).toMatchObject({ readOnly: false, state: 'active', operator: { type: 'operator' } });

    const listed = await run(['entries', 'list', 'acme']);
    expect(listed.stdout).toMatch(
      /^ID +OPERATOR +MAY +BEGUN +STATE +REASON\n.* writes .*\n.* reads .* until .* Ticket 4711/,
    );
    expect(listed.stdout).not.toContain(token);
    expect((await run(['entries', 'end', 'acme', writing.id])).stdout).toBe(
      `The entry ${writing.id} has ended.\n`,
    );
    const { entries } = JSON.parse((await run(['entries', 'list', 'acme', '--active', '--json'])).stdout);
    expect(entries).toMatchObject([{ readOnly: true, state: 'active' }]);
    expect(JSON.stringify(entries)).not.toContain('token');
  });

  it('records ends that are due', async () => {
    await database.admin.query(
      'update rowhouse.operator_entries set expires_at = now() where ended_at is null',
    );
    await run(['entries', 'list', 'acme']);
    await run(['entries', 'list', 'acme']);
    const { rows } = await database.admin.query(
      "select (after ->> 'early')::boolean as early from rowhouse.audit_entries where action = 'operator_entry.ended'",
    );
    expect(rows).toEqual([{ early: true }, { early: false }]);
  });

  it.each([
    [['enter', 'acme'], '--reason', 2],
    [['enter', 'acme', '--reason', 'short'], 'reason', 2],
    [['enter', 'acme', '--reason', 'Ticket 4711: totals', '--minutes', '61'], 'minutes', 2],
    [['enter', 'nobody', '--reason', 'Ticket 4711: totals'], 'There is no tenant "nobody".', 2],
    [['enter', 'globex', '--reason', 'Ticket 4711: totals'], 'archived', 1],
    [['entries', 'end', 'acme', 'none'], 'no entry', 2],
    [['entries', 'list', 'nobody'], 'There is no tenant "nobody".', 2],
  ])('%s cannot be done', async (args, reason, status) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: status, stdout: '' });
    expect(stderr).toContain(reason);
  });
});
