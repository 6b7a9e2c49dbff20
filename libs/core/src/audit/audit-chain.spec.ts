/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { Catalog } from '../catalog/catalog.js';
import { runInAuditContext } from './audit-context.js';
import { auditStatement } from './audit-records.js';

let database: TestDatabase;
let catalog: Catalog;

beforeEach(async () => {
  database = await createTestDatabase();
  catalog = new Catalog({ url: database.url });
  await catalog.migrate();
});
afterEach(async () => {
  await catalog.close();
  await database.drop();
});

const rowsOf = async (sql: string) => (await catalog.query(sql)).rows;
const entries = () => rowsOf('select * from rowhouse.audit_entries order by seq');

describe('an audit statement', () => {
  it('leaves an entry when its transaction commits, and none when it does not', async () => {
    await catalog.run([
      auditStatement({ action: 'domain.added', target: 'a.test', after: { isVerified: false } }),
    ]);
    await expect(
      catalog.run([auditStatement({ action: 'domain.added', target: 'b.test' }), { text: 'select 1/0' }]),
    ).rejects.toThrow(/division/);
    await catalog.run([auditStatement({ action: 'domain.removed', target: 'a.test' })]);
    expect(await entries()).toMatchObject([
      { seq: '1', action: 'domain.added', target: 'a.test', after: { isVerified: false } },
      { seq: '2', action: 'domain.removed' },
    ]);
    expect(await rowsOf('select from rowhouse.audit_pending')).toEqual([]);
  });

  it('says who asked, by which request, from where and why', async () => {
    const by = { type: 'operator', id: 'ann' };
    const statement = runInAuditContext(
      { by, requestId: 'r-1', address: '2001:db8::1', reason: 'asked for' },
      () => auditStatement({ action: 'api_key.created', reason: 'stated' }),
    );
    await catalog.run([statement]);
    expect(await entries()).toMatchObject([
      { actor: by, request_id: 'r-1', address: '2001:db8::1', reason: 'stated' },
    ]);
  });

  it('masks what is called like a secret, at any depth, before it is hashed', async () => {
    const after = {
      name: 'Billing',
      keyId: 'k-1',
      api_key_id: 'k-1',
      keyPrefix: 'rh_',
      apiKey: 'clear',
      nested: [{ Password: 'clear', keys: ['clear'], note: 'seen' }],
      client_secret: { value: 'clear' },
      tokenHash: 'clear',
      secret: null,
    };
    await catalog.run([auditStatement({ action: 'api_key.created', before: { token: 'clear' }, after })]);
    const [entry] = await entries();
    expect(entry.before).toEqual({ token: '•••' });
    expect(entry.after).toEqual({
      name: 'Billing',
      keyId: 'k-1',
      api_key_id: 'k-1',
      keyPrefix: 'rh_',
      apiKey: '•••',
      nested: [{ Password: '•••', keys: '•••', note: 'seen' }],
      client_secret: '•••',
      tokenHash: '•••',
      secret: null,
    });
    expect(
      await rowsOf('select hash = rowhouse.audit_hash(e) as same from rowhouse.audit_entries e'),
    ).toEqual([{ same: true }]);
  });

  it('cuts off what is nested without end', async () => {
    const deep = JSON.parse(`${'['.repeat(900)}1${']'.repeat(900)}`);
    await catalog.run([auditStatement({ action: 'domain.added', after: deep })]);
    expect(JSON.stringify((await entries())[0].after)).toBe(`${'['.repeat(20)}"…"${']'.repeat(20)}`);
  });

  it('numbers changes of all processes without gaps when many come at once', async () => {
    const other = new Catalog({ url: database.url });
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        (n % 2 === 0 ? catalog : other)
          .run([
            auditStatement({ action: 'domain.added', target: `${n}.test` }),
            ...(n % 5 === 0 ? [{ text: 'select 1/0' }] : []),
          ])
          .catch(() => {}),
      ),
    );
    await other.close();
    const found = await entries();
    expect(found.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    for (const [index, { previous_hash: previous }] of found.entries())
      expect(previous).toEqual(found[index - 1]?.hash ?? Buffer.alloc(32));
  });

  it('does not keep others waiting until its transaction ends', async () => {
    await catalog.transaction(async (client) => {
      const { text, values } = auditStatement({ action: 'domain.added', target: 'slow' });
      await client.query(text, [...(values ?? [])]);
      await catalog.run([auditStatement({ action: 'domain.added', target: 'quick' })]);
    });
    expect((await entries()).map(({ target }) => target)).toEqual(['quick', 'slow']);
  });

  it('makes the partition of its month, in UTC', async () => {
    await catalog.run([
      { text: "set local timezone = 'Pacific/Auckland'" },
      { text: "set local datestyle = 'SQL, DMY'" },
      auditStatement({ action: 'domain.added' }),
    ]);
    const [{ name, month }] = await rowsOf(
      `select tableoid::regclass::text as name, to_char(at at time zone 'UTC', 'YYYY_MM') as month from rowhouse.audit_entries`,
    );
    expect(name).toBe(`rowhouse.audit_entries_${month}`);
  });

  it('refuses an action that is none', async () => {
    await expect(catalog.run([auditStatement({ action: 'Whatever' })])).rejects.toThrow(/action_check/);
  });
});

describe('the audit trail', () => {
  beforeEach(() => catalog.run([auditStatement({ action: 'domain.added', target: 'a.test' })]));

  it.each([
    "update rowhouse.audit_entries set target = 'b.test'",
    'delete from rowhouse.audit_entries',
    'truncate rowhouse.audit_entries',
    `do $$ begin execute (select 'truncate ' || tableoid::regclass from rowhouse.audit_entries); end $$`,
    `do $$ begin execute (select 'delete from ' || tableoid::regclass from rowhouse.audit_entries); end $$`,
    'delete from rowhouse.audit_head',
    'update rowhouse.audit_head set seq = 0',
    'update rowhouse.audit_head set hash = decode(repeat($$00$$, 32), $$hex$$)',
    'insert into rowhouse.audit_entries select 2, at, actor, request_id, address, action, tenant_id, target, before, after, reason, hash, hash from rowhouse.audit_entries',
    `insert into rowhouse.audit_entries select seq, at - interval '1 day', actor, request_id, address, action, tenant_id, target, before, after, reason, previous_hash, hash from rowhouse.audit_entries`,
  ])('is not changed by its owner: %s', async (statement) => {
    const before = await entries();
    await expect(catalog.query(statement)).rejects.toMatchObject({ code: '42501' });
    expect(await entries()).toEqual(before);
  });

  it('can be appended to by another role that may call the function, and not otherwise be used', async () => {
    const login = new pg.Client({ connectionString: database.loginUrl });
    await login.connect();
    const user = new URL(database.loginUrl).username;
    try {
      await catalog.query(`grant usage on schema rowhouse to ${user}`);
      const append =
        "select rowhouse.append_audit('domain.added', null, 'b.test', null, null, null, null, null, null)";
      await expect(login.query(append)).rejects.toMatchObject({ code: '42501' });
      await catalog.query(`grant execute on function rowhouse.append_audit to ${user}`);
      await login.query(append);
      for (const statement of [
        'select * from rowhouse.audit_entries',
        'select * from rowhouse.audit_head',
        'select * from rowhouse.audit_pending',
        "insert into rowhouse.audit_pending (action) values ('domain.added')",
        "insert into rowhouse.audit_entries (seq, at, action, previous_hash, hash) values (3, now(), 'a.b', '', '')",
        "update rowhouse.audit_entries set target = ''",
        'delete from rowhouse.audit_entries',
        'truncate rowhouse.audit_entries',
        'update rowhouse.audit_head set seq = 0',
        "select rowhouse.drop_audit_before('2020-01-01')",
        'select rowhouse.make_audit_partition(now())',
      ])
        await expect(login.query(statement)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await login.end();
      await catalog.query(`drop owned by ${user}`);
    }
    expect((await entries()).map(({ target }) => target)).toEqual(['a.test', 'b.test']);
  });

  it('is written to by the release before, which says less', async () => {
    await catalog.query(
      "insert into rowhouse.tenants (id, slug, name) values ('0190163d-8694-739b-aea5-966c26f8ad91', 'acme', 'Acme')",
    );
    await catalog.query(
      "select rowhouse.write_event('created', '0190163d-8694-739b-aea5-966c26f8ad91', null)",
    );
    expect((await entries()).at(-1)).toMatchObject({
      action: 'tenant.created',
      target: 'acme',
      before: null,
    });
  });
});
