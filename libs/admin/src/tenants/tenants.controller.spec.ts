import { randomUUID } from 'node:crypto';
import { Catalog } from '@rowhouse/core';
import { AdminDeployment, PLATFORMS, type Platform } from '../admin-app.fixture.js';

let deployment: AdminDeployment;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.close());

describe.each(PLATFORMS)('the routes of tenants on %s', (platform: Platform) => {
  it('make, read, change, suspend, delete, restore and purge a tenant', async () => {
    const { call, ended } = await deployment.start({ platform });
    const begun = await call('POST', 'tenants', { body: { slug: 'acme', name: 'Acme & Co.', plan: 'pro' } });
    expect(begun).toMatchObject({
      status: 202,
      body: { kind: 'tenant.create', state: 'running', actor: { id: 'owner' } },
    });
    expect(begun.headers.get('location')).toBe(`operations/${begun.body.id}`);
    expect(await ended(begun)).toMatchObject({
      state: 'succeeded',
      tenantId: begun.body.id,
      result: { tenantId: begun.body.id },
    });

    const read = await call('GET', 'tenants/acme');
    expect(read).toMatchObject({
      status: 200,
      body: {
        id: begun.body.id,
        slug: 'acme',
        name: 'Acme & Co.',
        status: 'active',
        plan: 'pro',
        version: 'Products1757000000001',
        unfinished: null,
      },
    });
    expect(read.body).not.toHaveProperty('schema');
    const etag = read.headers.get('etag') as string;

    const changed = await call('PATCH', `tenants/${read.body.id}`, {
      body: { name: 'Acme' },
      headers: { 'if-match': etag },
    });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Acme', plan: 'pro' } });
    const stale = await call('POST', 'tenants/acme/suspend', { headers: { 'if-match': etag } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });

    for (const [how, status] of [
      ['suspend', 'suspended'],
      ['activate', 'active'],
      ['maintenance', 'maintenance'],
      ['archive', 'archived'],
      ['activate', 'active'],
    ])
      expect(await call('POST', `tenants/acme/${how}`)).toMatchObject({ status: 200, body: { status } });

    expect(await call('DELETE', 'tenants/acme?retentionDays=1')).toMatchObject({
      status: 200,
      body: { tenant: { status: 'deleted' }, purgeAfter: expect.any(String) },
    });
    expect(await call('POST', 'tenants/acme/restore')).toMatchObject({ body: { status: 'active' } });
    await call('DELETE', 'tenants/acme?retentionDays=0');
    expect(await call('POST', 'tenants/acme/purge', { body: { confirm: 'acne' } })).toMatchObject({
      status: 409,
    });
    const purge = await call('POST', 'tenants/acme/purge', { body: { confirm: 'acme' } });
    expect(purge.status).toBe(202);
    expect(await ended(purge)).toMatchObject({ kind: 'tenant.purge', state: 'succeeded' });
    expect(await call('GET', 'tenants/acme')).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
  });

  it('need a token, and the role that fits', async () => {
    const { call } = await deployment.start({ platform });
    expect(await call('GET', 'tenants', { role: 'nobody' })).toMatchObject({ status: 401 });
    expect(await call('GET', 'tenants', { role: 'viewer' })).toMatchObject({ status: 200 });
    const slug = { body: { slug: 'acme' } };
    expect(await call('POST', 'tenants', { ...slug, role: 'viewer' })).toMatchObject({
      status: 403,
      body: { code: 'OPERATOR_FORBIDDEN' },
    });
    expect(await call('DELETE', 'tenants/acme', { role: 'viewer' })).toMatchObject({ status: 403 });
    const confirm = { body: { confirm: 'acme' } };
    expect(await call('POST', 'tenants/acme/purge', { ...confirm, role: 'operator' })).toMatchObject({
      status: 403,
    });
  });

  it('give the same answer to the same key, and refuse it for another request', async () => {
    const { call, ended } = await deployment.start({ platform });
    const headers = { 'idempotency-key': '"first"' };
    const begun = await call('POST', 'tenants', { body: { slug: 'acme' }, headers });
    await ended(begun);
    const again = await call('POST', 'tenants', { body: { slug: 'acme' }, headers });
    expect(again).toMatchObject({ status: 202, body: begun.body });
    expect(again.headers.get('location')).toBe(begun.headers.get('location'));
    expect(await call('POST', 'tenants', { body: { slug: 'globex' }, headers })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect((await call('GET', 'operations')).body.items).toHaveLength(1);
  });

  it('say what is wrong with a request', async () => {
    const { call } = await deployment.start({ platform });
    const body = { slug: 'Acme', isolation: 'cellar', colour: 'red' };
    const { status, body: problem } = await call('POST', 'tenants', { body });
    expect(status).toBe(400);
    expect(problem.errors.map(({ field }: { field: string }) => field)).toEqual(
      expect.arrayContaining(['slug', 'isolation']),
    );
    expect(await call('PATCH', 'tenants/acme', { body: {} })).toMatchObject({ status: 400 });
    expect(await call('GET', 'tenants?sort=colour')).toMatchObject({ status: 400 });
    expect(await call('GET', 'tenants?cursor=bm9uZQ')).toMatchObject({ status: 400 });
    expect(await call('GET', 'operations/none')).toMatchObject({ status: 404 });
  });
});

describe('the listing of tenants', () => {
  it('searches words, filters, sorts and goes on by cursors', async () => {
    const { call, ended } = await deployment.start();
    const names = ['Zoë Meyer-Söhne', 'Acme Tools', 'Tool Shed', 'Beta'];
    for (const [index, name] of names.entries())
      await ended(
        await call('POST', 'tenants', {
          body: { slug: `t-${index}`, name, plan: index % 2 ? 'pro' : 'free' },
        }),
      );
    await call('POST', 'tenants/t-3/suspend');
    const slugs = async (query: string) =>
      (await call('GET', `tenants?${query}`)).body.items.map(({ slug }: { slug: string }) => slug);
    expect(await slugs('search=tool')).toEqual(['t-1', 't-2']);
    expect(await slugs(`search=${encodeURIComponent('söhne ZOË')}`)).toEqual(['t-0']);
    expect(await slugs('search=t-2')).toEqual(['t-2']);
    expect(await slugs(`search=${encodeURIComponent("'; drop --")}`)).toEqual([]);
    expect(await slugs('status=suspended')).toEqual(['t-3']);
    expect(await slugs('plan=pro&sort=-slug')).toEqual(['t-3', 't-1']);
    expect(await slugs('version=Products1757000000001&limit=2')).toEqual(['t-0', 't-1']);
    expect(await slugs('version=')).toEqual([]);
    expect(await slugs('sort=name')).toEqual(['t-1', 't-3', 't-2', 't-0']);
    for (const sort of [
      'slug',
      '-slug',
      'name',
      '-name',
      'createdAt',
      '-createdAt',
      'updatedAt',
      '-updatedAt',
    ]) {
      const whole = await slugs(`sort=${sort}`);
      const pages: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body }: { body: { items: { slug: string }[]; next: string | null } } = await call(
          'GET',
          `tenants?sort=${sort}&limit=1${cursor && `&cursor=${cursor}`}`,
        );
        pages.push(...body.items.map(({ slug }) => slug));
        cursor = body.next;
        const other = sort === 'slug' ? 'createdAt' : 'slug';
        if (cursor)
          expect(await call('GET', `tenants?sort=${other}&cursor=${cursor}`)).toMatchObject({ status: 400 });
      }
      expect(pages).toEqual(whole);
    }
  });
});

describe('the health of tenants', () => {
  it('is what the catalog knows: failed operations, failed migrations, migrations that are missing', async () => {
    const { app, call, ended } = await deployment.start();
    for (const slug of ['acme', 'globex', 'hooli', 'umbrella'])
      await ended(await call('POST', 'tenants', { body: { slug } }));
    await ended(await call('POST', 'tenants', { body: { slug: 'rowdy', isolation: 'row' } }));
    const catalog = app.get(Catalog);
    const idOf = async (slug: string) => (await call('GET', `tenants/${slug}`)).body.id;
    const [globex, hooli] = [await idOf('globex'), await idOf('hooli')];
    await catalog.query(`insert into rowhouse.schema_histories values ('none', '{}')`);
    await catalog.query(`update rowhouse.homes set history = 'none' where id = any($1)`, [[globex, hooli]]);
    const failedRun = async (at: string) => {
      const id = randomUUID();
      await catalog.query(
        `insert into rowhouse.migration_runs (id, direction, options, state, started_at) values ($1, 'up', '{}', 'failed', $2)`,
        [id, at],
      );
      return id;
    };
    const failedIn = (run: string, home: string) =>
      catalog.query(
        `insert into rowhouse.migration_run_homes (run_id, home_id, label, wave, state, names)
           values ($1, $2, 'home', 1, 'failed', '{}')`,
        [run, home],
      );
    // A run that is not the latest says nothing any more; nor does one before a home had its migrations.
    await failedIn(await failedRun('2026-01-01'), globex);
    const latest = await failedRun('2026-02-01');
    await failedIn(latest, hooli);
    await failedIn(latest, await idOf('acme'));
    await catalog.query(
      `insert into rowhouse.tenant_operations (tenant_id, kind, step, error) values ($1, 'purge', 'database', 'refused')`,
      [await idOf('umbrella')],
    );
    const slugs = async (health: string) =>
      (await call('GET', `tenants?health=${health}`)).body.items.map(({ slug }: { slug: string }) => slug);
    expect([await slugs('ok'), await slugs('behind'), await slugs('failed')]).toEqual([
      ['acme', 'rowdy'],
      ['globex'],
      ['hooli', 'umbrella'],
    ]);
    expect((await call('GET', 'tenants/hooli')).body).toMatchObject({ health: 'failed', version: null });
    expect(await call('GET', 'tenants?health=drifted')).toMatchObject({ status: 400 });
  });

  it('is ok where a home has more migrations than this release', async () => {
    const { app, call, ended } = await deployment.start();
    await ended(await call('POST', 'tenants', { body: { slug: 'acme' } }));
    const catalog = app.get(Catalog);
    await catalog.query(
      `insert into rowhouse.schema_histories values ('later', '{Products1757000000001,Later1757000000002}')`,
    );
    await catalog.query(`update rowhouse.homes set history = 'later'`);
    expect((await call('GET', 'tenants')).body.items).toEqual([
      expect.objectContaining({ version: 'Later1757000000002', health: 'ok' }),
    ]);
  });
});

describe('operations', () => {
  it('that a process has left are finished by another', async () => {
    const first = await deployment.start();
    const begun = await first.call('POST', 'tenants', { body: { slug: 'acme', isolation: 'database' } });
    // Shutting down stops it before its next step, as a crash would.
    await deployment.closeApps();
    const second = await deployment.start();
    expect(await second.ended(begun)).toMatchObject({ state: 'succeeded' });
    expect(await second.call('GET', 'tenants/acme')).toMatchObject({ body: { status: 'active' } });
    await second.call('DELETE', 'tenants/acme?retentionDays=0');
    await second.ended(await second.call('POST', 'tenants/acme/purge', { body: { confirm: 'acme' } }));
  });

  it('tell their end by events', async () => {
    const { call, url } = await deployment.start();
    const { body } = await call('POST', 'tenants', { body: { slug: 'acme' } });
    const events = await fetch(`${url}/admin/operations/${body.id}/events`, {
      headers: { authorization: 'Bearer viewer' },
    });
    expect(await events.text()).toMatch(/event: operation\ndata: .*"state":"succeeded"/);
  });

  it('cannot be cancelled when they have ended', async () => {
    const { call, ended } = await deployment.start();
    const begun = await call('POST', 'tenants', { body: { slug: 'acme' } });
    await ended(begun);
    expect(await call('POST', `operations/${begun.body.id}/cancel`)).toMatchObject({ status: 409 });
  });

  it('are found by the slug or the id of their tenant', async () => {
    const { call, ended } = await deployment.start();
    for (const slug of ['acme', 'globex']) await ended(await call('POST', 'tenants', { body: { slug } }));
    const { id } = (await call('GET', 'tenants/acme')).body;
    for (const tenant of ['acme', id]) {
      const { items } = (await call('GET', `operations?tenant=${tenant}`)).body;
      expect(items).toMatchObject([{ kind: 'tenant.create', tenantId: id }]);
    }
    expect(await call('GET', 'operations?tenant=nobody')).toMatchObject({ status: 404 });
    expect(await call('GET', `operations?tenant=${encodeURIComponent("'x")}`)).toMatchObject({ status: 400 });
    await call('DELETE', 'tenants/acme?retentionDays=0');
    await ended(await call('POST', 'tenants/acme/purge', { body: { confirm: 'acme' } }));
    expect((await call('GET', `operations?tenant=${id}`)).body.items).toHaveLength(2);
  });

  it('say why they failed', async () => {
    const { call, ended } = await deployment.start();
    const begun = await call('POST', 'tenants', {
      body: { slug: 'acme', isolation: 'database', placement: 'moon' },
    });
    expect(await ended(begun)).toMatchObject({ state: 'failed', error: expect.stringMatching(/moon/) });
  });
});

describe('the OpenAPI document', () => {
  it('has every route, with its schemas', async () => {
    const { call } = await deployment.start();
    const { body } = await call('GET', 'openapi.json', { role: 'viewer' });
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/admin/tenants',
        '/admin/tenants/{tenant}/purge',
        '/admin/operations/{id}/events',
      ]),
    );
    expect(body.components.schemas).toMatchObject({ Tenant: { type: 'object' }, Operation: {}, Problem: {} });
    const { post } = body.paths['/admin/tenants'];
    expect(post.requestBody.content['application/json'].schema).toMatchObject({ required: ['slug'] });
    expect(post.responses['202'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Operation',
    });
  });
});
