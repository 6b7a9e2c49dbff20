import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { runInAuditContext } from '../audit/audit-context.js';
import { migrateCatalog } from '../catalog/migrate-catalog.js';
import { parseTenantSlug } from '../tenant.js';
import { PostgresTenantStore } from './postgres-tenant-store.js';
import { itFindsTenants, itWritesTenants } from './tenant-store.contract.js';

describe('PostgresTenantStore', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    // pool.end() does not wait until its connections are closed, and drop() ends those that are left.
    pool.on('error', () => undefined);
    await migrateCatalog(pool);
  });

  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  async function open(): Promise<PostgresTenantStore> {
    await pool.query('truncate rowhouse.tenants cascade');
    return new PostgresTenantStore({ pool });
  }

  itFindsTenants(async () => {
    const store = await open();
    return { store, writer: store };
  });

  itWritesTenants(open);

  it('reads and renames a tenant whose name has control characters from before they were refused', async () => {
    const store = await open();
    const { id } = await store.create({ slug: 'acme' });
    await pool.query('update rowhouse.tenants set name = $1, plan = $1', ['Ac\u001b[2Kme']);
    expect(await store.findById(id)).toMatchObject({ name: 'Ac\u001b[2Kme', plan: 'Ac\u001b[2Kme' });
    expect(await store.update(id, { name: 'Acme' })).toMatchObject({ name: 'Acme', plan: 'Ac\u001b[2Kme' });
  });

  it('keeps only the SHA-256 of an API key', async () => {
    const store = await open();
    const { id } = await store.create({ slug: 'acme' });
    const apiKey = await store.addApiKey(id, 'ci');
    const { rows } = await pool.query('select * from rowhouse.tenant_api_keys');
    expect(rows).toHaveLength(1);
    const { rows: found } = await pool.query(
      'select from rowhouse.tenant_api_keys where key_hash = sha256($1)',
      [apiKey],
    );
    expect(found).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(apiKey);
  });

  describe('in the audit trail', () => {
    let store: PostgresTenantStore;
    let id: string;
    let since: number;
    const by = { type: 'operator', id: 'ada' };

    beforeEach(async () => {
      store = await open();
      id = (await store.create({ slug: 'acme', metadata: { seats: 5, apiToken: 'x' } })).id;
      const { rows } = await pool.query('select seq::int from rowhouse.audit_head');
      since = rows[0].seq;
    });

    async function entries(): Promise<Record<string, unknown>[]> {
      const { rows } = await pool.query(
        `select action, tenant_id = $1 as "isItsOwn", target, before, after, actor, reason, request_id as "requestId", host(address) as address
           from rowhouse.audit_entries where seq > $2 order by seq`,
        [id, since],
      );
      return rows;
    }

    it('each change leaves an entry, with who made it and why', async () => {
      const context = { by, reason: 'Ticket 1', requestId: 'r-1', address: '192.0.2.7' };
      const fields = { slug: 'acme', name: 'Acme', metadata: { seats: 5, apiToken: '•••' } };
      await runInAuditContext(context, async () => {
        await store.update(id, { name: 'Acme' });
        await store.addDomain(id, 'acme.example');
        await store.removeDomain(id, 'acme.example');
        const key = await store.addApiKey(id, 'ci');
        expect(JSON.stringify(await entries())).not.toContain(key);
        await store.revokeApiKeys(id, 'ci');
        await store.remove(id);
      });
      const found = await entries();
      const expected = [
        { action: 'tenant.updated', target: 'acme', before: null, after: fields },
        { action: 'domain.added', target: 'acme.example' },
        { action: 'domain.removed', target: 'acme.example' },
        { action: 'api_key.created', after: { label: 'ci' } },
        { action: 'api_key.revoked', before: { label: 'ci' } },
        { action: 'tenant.removed', target: 'acme', before: fields, after: null },
      ];
      const { by: actor, ...request } = context;
      expect(found).toMatchObject(expected.map((entry) => ({ ...entry, isItsOwn: true, actor, ...request })));
      expect(found).toHaveLength(expected.length);
    });

    it('what changes nothing leaves none', async () => {
      await store.addDomain(id, 'acme.example');
      since += 1;
      await store.addDomain(id, 'acme.example');
      const other = await store.create({ slug: 'globex' });
      since += 1;
      await expect(store.addDomain(other.id, 'acme.example')).rejects.toThrow('taken');
      await expect(store.create({ slug: 'acme' })).rejects.toThrow('taken');
      await expect(store.update(crypto.randomUUID(), { name: 'x' })).rejects.toThrow();
      expect(await store.removeDomain(other.id, 'acme.example')).toBe(false);
      expect(await store.revokeApiKeys(id, 'none')).toBe(0);
      expect(await store.remove(crypto.randomUUID())).toBe(false);
      expect(await entries()).toEqual([]);
    });

    it('a claim that is removed before it is proven leaves one', async () => {
      await pool.query(
        `insert into rowhouse.domain_claims (tenant_id, domain, token, next_check_at) values ($1, 'acme.example', $2, now())`,
        [id, 'a'.repeat(40)],
      );
      expect(await store.removeDomain(id, 'acme.example')).toBe(false);
      expect(await entries()).toMatchObject([{ action: 'domain.removed', target: 'acme.example' }]);
    });
  });

  it('sends each operation as one unnamed statement', async () => {
    await open();
    const sent: unknown[][] = [];
    const store = new PostgresTenantStore({
      pool: {
        query: (...args: unknown[]) => {
          sent.push(args);
          return Reflect.apply(pool.query, pool, args);
        },
      } as Pick<pg.Pool, 'query'>,
    });
    const { id, slug } = await store.create({ slug: 'acme' });
    const apiKey = await store.addApiKey(id, 'ci');
    await store.addDomain(id, 'acme.test');
    await store.findById(id);
    await store.findBySlug(slug);
    await store.findByDomain('acme.test');
    await store.findByApiKey(apiKey);
    await store.list();
    await store.update(id, { name: 'Acme' });
    await store.revokeApiKeys(id, 'ci');
    await store.removeDomain(id, 'acme.test');
    await store.remove(id);
    expect(sent).toHaveLength(12);
    for (const [query, list] of sent) {
      const { text, name, values } =
        typeof query === 'string' ? { text: query, values: list } : Object(query);
      expect([typeof text, name]).toEqual(['string', undefined]);
      expect(Array.isArray(values) && values.length > 0).toBe(true);
    }
    const prepared = await pool.query('select from pg_prepared_statements where not from_sql');
    expect(prepared.rowCount).toBe(0);
  });

  it.each([true, false])(
    'asks once for many that are looked for at the same time (prepared: %s)',
    async (prepare) => {
      const writer = await open();
      const slugs = Array.from({ length: 20 }, (_, index) => `t${index}`);
      const made = await Promise.all(slugs.map((slug) => writer.create({ slug })));
      const keys = await Promise.all(made.map(({ id }) => writer.addApiKey(id, 'ci')));
      await Promise.all(made.map(({ id, slug }) => writer.addDomain(id, `${slug}.test`)));
      let sent = 0;
      const query = (...args: unknown[]) => {
        sent += 1;
        return Reflect.apply(pool.query, pool, args);
      };
      const secrets = [
        { version: 1, secret: 'a'.repeat(32) },
        { version: 2, secret: 'b'.repeat(32) },
      ];
      const store = new PostgresTenantStore({
        pool: { query } as Pick<pg.Pool, 'query'>,
        prepare,
        peppers: secrets,
      });
      for (const find of [
        () => [...made.map(({ id }) => store.findById(id)), store.findById(crypto.randomUUID())],
        () => [...made.map(({ slug }) => store.findBySlug(slug)), store.findBySlug(parseTenantSlug('none'))],
        () => [
          ...made.map(({ slug }) => store.findByDomain(`${slug}.test`)),
          store.findByDomain('none.test'),
        ],
        () => [...keys.map((key) => store.findByApiKey(key)), store.findByApiKey('none')],
      ]) {
        sent = 0;
        expect(await Promise.all(find())).toEqual([...made, undefined]);
        expect(sent).toBe(1);
      }
    },
  );

  it('prepares the look-ups where it is told that it may', async () => {
    await open();
    const store = new PostgresTenantStore({ pool, prepare: true });
    const { id, slug } = await store.create({ slug: 'acme' });
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await store.findById(id))?.slug).toBe('acme');
      expect((await store.findBySlug(slug))?.id).toBe(id);
      expect(await store.findByDomain('acme.test')).toBeUndefined();
      expect(await store.findByApiKey('nobody')).toBeUndefined();
    }
    const prepared = await pool.query("select from pg_prepared_statements where name like 'rowhouse_by_%'");
    expect(prepared.rowCount).toBeGreaterThan(0);
  });

  it('finds its own tables and operators whatever the session looks through first', async () => {
    const acme = await (await open()).create({ slug: 'acme' });
    await pool.query(`
      create schema evil;
      create table evil.tenants (id uuid);
      create function evil.never(uuid, uuid) returns boolean language sql as 'select false';
      create function evil.never(text, text) returns boolean language sql as 'select false';
      create function evil.now() returns timestamptz language sql as 'select ''1999-01-01''::timestamptz';
      create operator evil.= (leftarg = uuid, rightarg = uuid, function = evil.never);
      create operator evil.= (leftarg = text, rightarg = text, function = evil.never);
    `);
    const misled = new pg.Pool({
      connectionString: database.url,
      max: 1,
      options: '-c search_path=evil,pg_catalog',
    });
    misled.on('error', () => undefined);
    try {
      const check = await misled.query("select 'a'::text = 'a'::text as equal, now() as now");
      expect(check.rows).toEqual([{ equal: false, now: new Date('1999-01-01T00:00:00.000Z') }]);
      const store = new PostgresTenantStore({ pool: misled });
      await store.addDomain(acme.id, 'acme.test');
      const apiKey = await store.addApiKey(acme.id, 'ci');
      expect(await store.findById(acme.id)).toEqual(acme);
      expect(await store.findBySlug(acme.slug)).toEqual(acme);
      expect(await store.findByDomain('acme.test')).toEqual(acme);
      expect(await store.findByApiKey(apiKey)).toEqual(acme);
      expect((await store.list({ status: 'active' })).tenants).toEqual([acme]);
      const changed = await store.update(acme.id, { name: 'Acme' });
      expect(changed.updatedAt.getTime()).toBeGreaterThanOrEqual(acme.updatedAt.getTime());
      expect(await store.revokeApiKeys(acme.id, 'ci')).toBe(1);
      expect(await store.removeDomain(acme.id, 'acme.test')).toBe(true);
      expect(await store.remove(acme.id)).toBe(true);
    } finally {
      await misled.end();
    }
  });

  it('passes on the errors of the connection', async () => {
    const closed = new pg.Pool({
      connectionString: 'postgres://127.0.0.1:1/nowhere',
      connectionTimeoutMillis: 2_000,
    });
    const store = new PostgresTenantStore({ pool: closed });
    await expect(store.findBySlug(parseTenantSlug('acme'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await closed.end();
  });

  it('says what to do when asked for changes without a listener', async () => {
    const store = new PostgresTenantStore({ pool });
    await expect(store.subscribe(() => undefined)).rejects.toThrow(/TenantChangeListener/);
  });
});
