import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { TenantCompanion } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { AdminDeployment } from '../admin-app.fixture.js';

const CONTENT = Buffer.from('the content of a file');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const ID = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11';

/** Every row has the same content. */
const files: TenantCompanion = {
  name: 'files',
  table: 'tenant_files',
  columns: ['id'],
  contentOf: () => ({ sizeBytes: CONTENT.length, sha256: SHA256 }),
  read: async () => Readable.from([CONTENT]),
  write: async (_tenant, _row, _expected, content) => {
    for await (const _ of content);
  },
  removeContent: async () => {},
  count: async () => ({ objects: 1, bytes: CONTENT.length }),
  remove: async () => {},
};
const included = { name: 'files', isIncluded: true, objects: 1, bytes: CONTENT.length, missing: 0 };
const left = { name: 'files', isIncluded: false, objects: 0, bytes: 0, missing: 0 };

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;
beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start({ companions: [files] });
  for (const slug of ['from', 'to', 'into']) {
    await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
    const tenant = await app.app.get(Fleet).tenants.find(slug);
    const owner = await app.app.get(DataSourceRegistry).directFor(tenant);
    await owner.query('create table tenant_files (id uuid primary key)');
    await owner.query('grant all on tenant_files to public');
    if (slug === 'from') await owner.query('insert into tenant_files values ($1)', [ID]);
  }
});
afterAll(async () => {
  await deployment?.closeApps();
  await deployment?.close();
});

const resultOf = async (path: string, body: unknown) => {
  const { state, error, result } = await app.ended(await app.call('POST', path, { body, role: 'owner' }));
  expect([state, error]).toEqual(['succeeded', null]);
  return result;
};

it('transfers take contents along, or leave them where they are told to', async () => {
  const { exportId, contents } = await resultOf('tenants/from/exports', {});
  expect(contents).toEqual([included]);
  expect((await resultOf('tenants/from/exports', { contents: false })).contents).toEqual([left]);
  const imported = await resultOf('tenants/into/imports', { export: exportId, contents: false });
  expect(imported.contents).toEqual([left]);
  expect((await resultOf('tenants/from/copies', { to: 'to', contents: false })).contents).toEqual([left]);
  expect((await resultOf('tenants/from/moves', { to: 'to', contents: false })).contents).toEqual([left]);
  expect((await resultOf('tenants/to/backups', { contents: false })).state).toBe('complete');
});

it.each([
  ['tenants/from/exports', {}],
  ['tenants/from/copies', { to: 'to' }],
  ['tenants/from/moves', { to: 'to' }],
  ['tenants/from/imports', { export: ID }],
  ['tenants/from/backups', {}],
  ['tenants/from/clones', { slug: 'new', unmasked: true }],
  ['tenants/from/rewinds', { at: '2026-01-01T00:00:00Z' }],
  ['imports', { export: ID, slug: 'new' }],
  [`backups/${ID}/restores`, {}],
] as const)('%s says what is wrong of contents', async (path, body) => {
  const answer = await app.call('POST', path, { body: { ...body, contents: 'no' }, role: 'owner' });
  expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
  expect(JSON.stringify(answer.body.errors)).toContain('contents');
});
