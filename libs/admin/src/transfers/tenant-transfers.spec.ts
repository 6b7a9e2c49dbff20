import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { mask } from '@rowhouse/transfer';
import { AdminDeployment, type Answer, type CallOptions, PLATFORMS } from '../admin-app.fixture.js';
import { TransferOperations } from './transfer-operations.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

let deployment: AdminDeployment;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.closeApps());
afterAll(() => deployment.close());

const NO_ID = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11';
let tenants = 0;

async function query({ app }: App, slug: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const tenant = await app.get(Fleet).tenants.find(slug);
  return app.get(DataSourceRegistry).for(tenant).query(text);
}

const productsOf = async (app: App, slug: string) =>
  (await query(app, slug, 'select id, name from products order by id')).map(
    ({ id, name }) => `${id} ${name}`,
  );

/** A tenant with products, by its slug. */
async function tenantWith(app: App, ...names: readonly string[]): Promise<string> {
  tenants += 1;
  const slug = `shop-${tenants}`;
  await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
  for (const name of names) await query(app, slug, `insert into products (name) values ('${name}')`);
  return slug;
}

const post = (app: App, path: string, body: unknown, options: CallOptions = {}) =>
  app.call('POST', path, { role: 'operator', body, ...options });

async function auditOf({ app }: App, action: string, target: string): Promise<readonly unknown[]> {
  const { rows } = await app
    .get(Catalog)
    .query('select actor from rowhouse.audit_entries where action = $1 and target = $2', [action, target]);
  return rows.map(({ actor }) => actor);
}

/** As the catalog has an operation whose process was killed. */
async function abandoned(
  { app }: App,
  kind: string,
  id: string,
  tenant: string,
  body: unknown,
): Promise<void> {
  const { id: tenantId } = await app.get(Fleet).tenants.find(tenant);
  await app
    .get(Catalog)
    .query('insert into rowhouse.operations (id, kind, tenant_id, input) values ($1, $2, $3, $4)', [
      id,
      kind,
      tenantId,
      JSON.stringify({ tenantId, body }),
    ]);
}

async function endedNext(id: string): Promise<Answer['body']> {
  await deployment.closeApps();
  const app = await deployment.start();
  return app.ended(await app.call('GET', `operations/${id}`));
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('rows are copied to another tenant, and stay', async () => {
    const app = await deployment.start({ platform });
    const [from, to, other] = [
      await tenantWith(app, 'tea', 'milk'),
      await tenantWith(app),
      await tenantWith(app, 'bread'),
    ];
    const dry = await app.ended(await post(app, `tenants/${from}/copies`, { to, dryRun: true }));
    expect(dry).toMatchObject({ state: 'succeeded', result: { rows: 2, dryRun: true } });
    expect(await productsOf(app, to)).toEqual([]);
    const begun = await post(app, `tenants/${from}/copies`, { to, tables: ['products'] });
    expect(begun).toMatchObject({ status: 202, body: { kind: 'copy', actor: { id: 'operator' } } });
    expect(begun.headers.get('location')).toBe(`../../operations/${begun.body.id}`);
    expect(await app.ended(begun)).toMatchObject({
      state: 'succeeded',
      steps: [{ name: 'rows' }],
      progress: { unit: 'tables' },
      result: { rows: 2, tables: [{ name: 'products', written: 2, isRemoved: false }] },
    });
    for (const slug of [from, to]) expect(await productsOf(app, slug)).toEqual(['1 tea', '2 milk']);
    expect(await productsOf(app, other)).toEqual(['1 bread']);
    expect(await auditOf(app, 'rows.copied', from)).toEqual([{ type: 'operator', id: 'operator' }]);
    const conflict = await app.ended(await post(app, `tenants/${other}/copies`, { to }));
    expect(conflict).toMatchObject({ state: 'failed', error: expect.stringContaining('products') });
    expect(await productsOf(app, to)).toEqual(['1 tea', '2 milk']);
  });

  it('rows are moved by owners only, and so are rows overwritten', async () => {
    const app = await deployment.start({ platform });
    const [from, to] = [await tenantWith(app, 'tea'), await tenantWith(app, 'bread')];
    expect((await post(app, `tenants/${from}/moves`, { to })).status).toBe(403);
    const over = { to, onConflict: 'overwrite' };
    expect((await post(app, `tenants/${from}/copies`, over)).body.code).toBe('OPERATOR_FORBIDDEN');
    const looked = await post(app, `tenants/${from}/copies`, { ...over, dryRun: true });
    expect(await app.ended(looked)).toMatchObject({ state: 'succeeded' });
    expect(await productsOf(app, to)).toEqual(['1 bread']);
    const moved = await post(app, `tenants/${from}/moves`, over, { role: 'owner' });
    expect(await app.ended(moved)).toMatchObject({ state: 'succeeded', result: { rows: 1 } });
    expect([await productsOf(app, from), await productsOf(app, to)]).toEqual([[], ['1 tea']]);
    expect(await auditOf(app, 'rows.moved', to)).toEqual([{ type: 'operator', id: 'owner' }]);
    expect((await app.call('POST', `operations/${moved.body.id}/cancel`)).status).toBe(409);
  });

  it('rows of an archive are added to a tenant', async () => {
    const app = await deployment.start({ platform });
    const [from, to] = [await tenantWith(app, 'tea'), await tenantWith(app, 'bread')];
    const { result } = await app.ended(await app.call('POST', `tenants/${from}/exports`));
    const body = { export: result.exportId, onConflict: 'remap' };
    expect((await post(app, `tenants/${to}/imports`, { ...body, onConflict: 'overwrite' })).status).toBe(403);
    expect((await post(app, `tenants/${to}/imports`, { export: NO_ID })).body.code).toBe('EXPORT_NOT_FOUND');
    const ended = await app.ended(await post(app, `tenants/${to}/imports`, body));
    expect(ended).toMatchObject({ kind: 'import.rows', state: 'succeeded', result: { rows: 1 } });
    expect((await productsOf(app, to)).map((one) => one.split(' ')[1])).toEqual(['bread', 'tea']);
    expect(await auditOf(app, 'rows.imported', to)).toEqual([{ type: 'operator', id: 'operator' }]);
  });

  it('a clone has masks that are declared, or is asked for without', async () => {
    const masks = { staging: { products: { name: mask.hash() } }, empty: {} };
    const app = await deployment.start({ platform, transfers: { masks } });
    const from = await tenantWith(app, 'tea', 'milk');
    const path = `tenants/${from}/clones`;
    const slug = `${from}-staging`;
    for (const body of [
      { slug },
      { slug, masks: 'none' },
      { slug, masks: '__proto__' },
      { slug, masks: 'staging', unmasked: true },
    ])
      expect(await post(app, path, body)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'masks', expected: expect.stringContaining('staging, empty') }] },
      });
    expect((await post(app, path, { slug: from, masks: 'staging' })).body.code).toBe('TENANT_CONFLICT');
    const begun = await post(app, path, { slug, masks: 'staging', expiresInDays: 7, isolation: 'database' });
    expect(await app.ended(begun)).toMatchObject({
      state: 'succeeded',
      result: { tenantId: begun.body.id, slug, rows: 2, tables: 1 },
    });
    const clone = await app.app.get(Fleet).tenants.find(slug);
    expect(clone).toMatchObject({ id: begun.body.id, isolation: 'database', name: slug });
    expect(String(await productsOf(app, slug))).not.toMatch(/tea|milk/);
    const { rows } = await app.app
      .get(Catalog)
      .query(
        `select round(extract(epoch from expires_at - now()) / 86400) as days from rowhouse.tenant_clones where tenant_id = $1`,
        [clone.id],
      );
    expect(rows.map(({ days }) => Number(days))).toEqual([7]);
    const incomplete = await app.ended(await post(app, path, { slug: `${from}-bad`, masks: 'empty' }));
    expect(incomplete).toMatchObject({ state: 'failed', error: expect.stringContaining('products.name') });
    const sample = { tables: { products: { rows: 1 } } };
    const plain = await app.ended(await post(app, path, { slug: `${from}-plain`, unmasked: true, sample }));
    expect(plain).toMatchObject({ state: 'succeeded', result: { rows: 1 } });
    // Its own database is not removed with the deployment's.
    await app.ended(
      await app
        .call('DELETE', `tenants/${slug}?retentionDays=0`)
        .then(() =>
          app.call('POST', `tenants/${slug}/purge`, { body: { confirm: slug, beforeRetentionEnds: true } }),
        ),
    );
  });

  it('a tenant is backed up, proven, and restored beside itself, also when it is purged', async () => {
    const app = await deployment.start({ platform });
    const slug = await tenantWith(app, 'tea');
    const { id: tenantId } = await app.app.get(Fleet).tenants.find(slug);
    const begun = await app.call('POST', `tenants/${slug}/backups`, { role: 'operator' });
    const { id } = begun.body;
    expect(await app.ended(begun)).toMatchObject({
      kind: 'backup',
      state: 'succeeded',
      result: { id, tenantId, rows: 1 },
    });
    expect(await auditOf(app, 'backup.created', id)).toEqual([{ type: 'operator', id: 'operator' }]);
    await app.ended(await app.call('POST', `tenants/${slug}/backups`));
    const page = await app.call('GET', `tenants/${slug}/backups?limit=1`, { role: 'viewer' });
    expect(page.body.items).toHaveLength(1);
    const { body } = await app.call('GET', `tenants/${slug}/backups?cursor=${page.body.next}`, {
      role: 'viewer',
    });
    expect(body).toMatchObject({ items: [{ id, kind: 'manual', state: 'complete', rows: 1 }], next: null });
    expect(body.items[0]).not.toHaveProperty('key');
    const proof = await app.ended(await app.call('POST', `backups/${id}/proofs`, { role: 'operator' }));
    expect(proof).toMatchObject({ kind: 'backup.prove', state: 'succeeded', tenantId });
    expect((await app.call('GET', `backups/${id}`)).body.provenAt).not.toBeNull();

    await app.call('DELETE', `tenants/${slug}?retentionDays=0`);
    await app.ended(
      await app.call('POST', `tenants/${slug}/purge`, { body: { confirm: slug, beforeRetentionEnds: true } }),
    );
    expect((await app.call('GET', `tenants/${slug}/backups`)).status).toBe(404);
    expect((await app.call('GET', `backups?tenant=${tenantId}`)).body.items).toHaveLength(2);
    const taken = { slug: await tenantWith(app) };
    expect((await post(app, `backups/${id}/restores`, taken)).body.code).toBe('TENANT_CONFLICT');
    const restored = await post(app, `backups/${id}/restores`, { slug: `${slug}-back` });
    expect(restored.headers.get('location')).toBe(`../../operations/${restored.body.id}`);
    expect(await app.ended(restored)).toMatchObject({
      kind: 'backup.restore',
      state: 'succeeded',
      result: { tenantId: restored.body.id, slug: `${slug}-back`, rows: 1 },
    });
    expect(await productsOf(app, `${slug}-back`)).toEqual(['1 tea']);

    expect((await app.call('DELETE', `backups/${id}`, { role: 'operator' })).status).toBe(403);
    expect((await app.call('DELETE', `backups/${id}`)).status).toBe(204);
    expect((await app.call('DELETE', `backups/${id}`)).body.code).toBe('BACKUP_NOT_FOUND');
    expect(await auditOf(app, 'backup.deleted', id)).toEqual([{ type: 'operator', id: 'owner' }]);
  });
});

it('a tenant is made as another was', async () => {
  const app = await deployment.start();
  const slug = await tenantWith(app, 'tea');
  const journal = `tenants/${slug}/journal`;
  const none = { isEnabled: false, since: null, changes: null };
  expect((await app.call('GET', journal, { role: 'viewer' })).body).toEqual(none);
  expect((await app.call('PUT', journal, { role: 'viewer' })).status).toBe(403);
  const enabled = await app.call('PUT', journal, { role: 'operator' });
  expect(enabled.body).toMatchObject({ isEnabled: true, changes: 0 });
  expect((await app.call('PUT', journal)).body).toEqual(enabled.body);
  expect(await auditOf(app, 'journal.enabled', slug)).toEqual([{ type: 'operator', id: 'operator' }]);
  const at = (await app.app.get(Catalog).query('select clock_timestamp() as at')).rows[0].at.toISOString();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await query(app, slug, 'delete from products');
  const begun = await post(app, `tenants/${slug}/rewinds`, { at, slug: `${slug}-then` });
  expect(await app.ended(begun)).toMatchObject({
    kind: 'rewind',
    state: 'succeeded',
    result: { tenantId: begun.body.id, slug: `${slug}-then`, rows: 1 },
  });
  expect([await productsOf(app, slug), await productsOf(app, `${slug}-then`)]).toEqual([[], ['1 tea']]);
  const from = `${slug}-then`;
  const diff = `tenants/${slug}/diffs/${from}`;
  expect((await app.call('GET', diff, { role: 'viewer' })).status).toBe(403);
  const differing = await app.call('GET', diff, { role: 'operator' });
  expect(differing.body).toMatchObject({
    isEqual: false,
    tables: [{ name: 'products', added: 1, removed: 0 }],
  });
  const lines = await app.call('GET', `${diff}/rows?tables=products`, { role: 'operator' });
  expect(lines.headers.get('content-type')).toContain('application/x-ndjson');
  expect(
    lines.body
      .trim()
      .split('\n')
      .map((line: string) => JSON.parse(line)),
  ).toEqual([
    { table: 'products', kind: 'added', key: { id: '1' }, after: { id: '1', name: 'tea' } },
    { report: differing.body },
  ]);
  const keys = await app.call('GET', `${diff}/rows?keysOnly=true`, { role: 'operator' });
  expect(keys.body).not.toContain('tea');
  for (const path of [diff, `${diff}/rows`])
    expect((await app.call('GET', `${path}?tables=none`)).body.code).toBe('DIFF_REFUSED');
  const rows = [{ table: 'products', key: ['1'] }];
  const taken = await app.ended(await post(app, `tenants/${slug}/take-backs`, { from, rows }));
  expect(taken).toMatchObject({ state: 'succeeded', result: { rows: 1, tables: [{ inserted: 1 }] } });
  expect(await productsOf(app, slug)).toEqual(['1 tea']);
  expect(await auditOf(app, 'rows.taken_back', slug)).toEqual([{ type: 'operator', id: 'operator' }]);
  const undo = await app.call('POST', `tenants/${slug}/take-backs/undo`, { role: 'operator' });
  expect(undo.headers.get('location')).toBe(`../../../operations/${undo.body.id}`);
  expect(await app.ended(undo)).toMatchObject({ state: 'succeeded', result: { from, tables: ['products'] } });
  expect(await productsOf(app, slug)).toEqual([]);
  const again = await app.ended(await app.call('POST', `tenants/${slug}/take-backs/undo`));
  expect(again).toMatchObject({ state: 'failed', error: expect.stringContaining('No rows were taken back') });
  const odd = await post(app, `tenants/${slug}/take-backs`, {
    from,
    rows: [{ table: 'products', key: ['\u0000'] }],
  });
  expect(odd.status).toBe(400);
  expect((await app.call('DELETE', journal, { role: 'operator' })).status).toBe(403);
  expect((await app.call('DELETE', journal)).status).toBe(204);
  expect((await app.call('GET', journal)).body).toEqual(none);
  expect(await auditOf(app, 'journal.disabled', slug)).toEqual([{ type: 'operator', id: 'owner' }]);
  expect((await post(app, `tenants/${slug}/rewinds`, { at: 'yesterday' })).status).toBe(400);
  expect((await post(app, `tenants/${slug}/rewinds`, { at, slug })).body.code).toBe('TENANT_CONFLICT');
});

it('without backups there are none', async () => {
  const app = await deployment.start({ hasBackups: false });
  const slug = await tenantWith(app);
  for (const [method, path] of [
    ['GET', 'backups'],
    ['GET', `tenants/${slug}/backups`],
    ['POST', `tenants/${slug}/backups`],
    ['POST', `backups/${NO_ID}/restores`],
    ['DELETE', `backups/${NO_ID}`],
  ] as const)
    expect((await app.call(method, path)).body.code).toBe('BACKUPS_NOT_DECLARED');
});

it('the same key is another operation for another tenant', async () => {
  const app = await deployment.start();
  const headers = { 'idempotency-key': '"nightly"' };
  const [one, other] = [await tenantWith(app), await tenantWith(app)];
  const first = await app.call('POST', `tenants/${one}/backups`, { headers });
  const second = await app.call('POST', `tenants/${other}/backups`, { headers });
  expect(second.body.tenantId).not.toBe(first.body.tenantId);
  expect((await app.call('POST', `tenants/${one}/backups`, { headers })).body.id).toBe(first.body.id);
  for (const begun of [first, second]) await app.ended(begun);
});

it('rows go to the tenant that had the slug when they were asked for', async () => {
  const app = await deployment.start();
  const [from, to] = [await tenantWith(app), await tenantWith(app)];
  const begun = await post(app, `tenants/${from}/copies`, { to });
  await app.ended(begun);
  const { rows } = await app.app
    .get(Catalog)
    .query('select input from rowhouse.operations where id = $1', [begun.body.id]);
  expect(rows[0].input.body.to).toBe((await app.app.get(Fleet).tenants.find(to)).id);
  expect((await post(app, `tenants/${from}/copies`, { to: 'nobody' })).body.code).toBe('TENANT_NOT_FOUND');
  expect(await app.ended(await post(app, `tenants/${from}/copies`, { to: from }))).toMatchObject({
    state: 'failed',
    error: expect.stringContaining('same tenant'),
  });
});

it('every kind is known to the operations', async () => {
  const app = await deployment.start();
  expect(
    app.app
      .get(TransferOperations)
      .all.map(({ name }) => name)
      .sort(),
  ).toEqual([
    'backup',
    'backup.prove',
    'backup.restore',
    'clone',
    'copy',
    'export',
    'import',
    'import.rows',
    'move',
    'rewind',
    'take-back',
    'take-back.undo',
  ]);
});

describe('an instance that is killed', () => {
  const id = (number: number) => `5f0c1a52-8f3b-4d39-9c55-2d1d8f6f3b${number}`;
  const between = (to: string, onConflict: string) => ({
    to,
    onConflict,
    withDependencies: true,
    dryRun: false,
  });

  it('leaves a copy that was done, and another one finds nothing to do', async () => {
    const app = await deployment.start();
    const [from, to] = [await tenantWith(app, 'tea'), await tenantWith(app, 'bread')];
    await app.ended(
      await post(app, `tenants/${from}/copies`, { to, onConflict: 'overwrite' }, { role: 'owner' }),
    );
    await abandoned(app, 'copy', id(10), from, between(to, 'fail'));
    expect(await endedNext(id(10))).toMatchObject({ state: 'succeeded', result: { rows: 0 } });
  });

  it.each(['take-back', 'take-back.undo', 'copy'])('leaves a %s that is not done again', async (kind) => {
    const app = await deployment.start();
    const [from, to] = [await tenantWith(app, 'tea'), await tenantWith(app, 'bread')];
    const bodies = { 'take-back': { from: to }, copy: between(to, 'overwrite') };
    const next = `5f0c1a52-8f3b-4d39-9c55-${String(tenants).padStart(12, '0')}`;
    await abandoned(app, kind, next, from, bodies[kind as keyof typeof bodies] ?? {});
    expect(await endedNext(next)).toMatchObject({ state: 'failed', error: expect.stringContaining('twice') });
    const second = await deployment.start();
    expect([await productsOf(second, from), await productsOf(second, to)]).toEqual([['1 tea'], ['1 bread']]);
  });

  it('leaves rows with new keys, and another one does not write them twice', async () => {
    const app = await deployment.start();
    const [from, to] = [await tenantWith(app, 'tea'), await tenantWith(app, 'bread')];
    await app.ended(await post(app, `tenants/${from}/copies`, { to, onConflict: 'remap' }));
    await abandoned(app, 'copy', id(11), from, between(to, 'remap'));
    const ended = await endedNext(id(11));
    expect(ended).toMatchObject({ state: 'failed', error: expect.stringContaining('twice') });
    expect(await productsOf(await deployment.start(), to)).toHaveLength(2);
  });

  it('leaves half a clone, which another one makes anew', async () => {
    const app = await deployment.start();
    const from = await tenantWith(app, 'tea');
    const slug = `${from}-half`;
    await app.app
      .get(Fleet)
      .tenants.createFrom({ history: [], fill: async () => {} }, { id: id(12), slug }, {});
    const catalog = app.app.get(Catalog);
    await catalog.query(`update rowhouse.tenants set status = 'provisioning' where id = $1`, [id(12)]);
    await catalog.query(
      `insert into rowhouse.tenant_operations (tenant_id, kind, step) values ($1, 'import', 'rows')`,
      [id(12)],
    );
    await abandoned(app, 'clone', id(12), from, { slug, unmasked: true });
    expect(await endedNext(id(12))).toMatchObject({
      state: 'succeeded',
      result: { tenantId: id(12), rows: 1 },
    });
  });

  it('leaves a clone of masks that are no longer declared, and it is not made without', async () => {
    const app = await deployment.start();
    const from = await tenantWith(app, 'tea');
    await abandoned(app, 'clone', id(13), from, { slug: `${from}-gone`, masks: 'gone' });
    expect(await endedNext(id(13))).toMatchObject({ state: 'failed' });
    const { body } = await (await deployment.start()).call('GET', `tenants/${from}-gone`);
    expect(body.code).toBe('TENANT_NOT_FOUND');
  });

  it('leaves half a backup, which another one makes anew', async () => {
    const app = await deployment.start();
    const from = await tenantWith(app, 'tea');
    const { id: tenantId } = await app.app.get(Fleet).tenants.find(from);
    await app.app
      .get(Catalog)
      .query(`insert into rowhouse.backups (id, tenant_id, slug, kind) values ($1, $2, $3, 'manual')`, [
        id(14),
        tenantId,
        from,
      ]);
    await abandoned(app, 'backup', id(14), from, {});
    expect(await endedNext(id(14))).toMatchObject({ state: 'succeeded', result: { id: id(14), rows: 1 } });
  });
});
