import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdminClient } from '@rowhouse/client';
import { AdminDeployment } from '../../libs/admin/src/admin-app.fixture.js';
import { ROOT } from '../../tools/workspace.mjs';
import { clientTypesOf } from './client-types.js';

const TYPES = join(ROOT, 'libs/client/src/admin-api.ts');

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start();
});
afterAll(() => deployment.close());

it('has types that are those of the document; else run npm run generate:client', async () => {
  const types = await clientTypesOf((await app.call('GET', 'openapi.json')).body, '/admin');
  if (process.env['GENERATE']) writeFileSync(TYPES, types);
  expect(readFileSync(TYPES, 'utf8')).toBe(types);
});

describe('createAdminClient()', () => {
  const clientOf = (token: string | (() => Promise<string>)) =>
    createAdminClient({ baseUrl: `${app.url}/admin`, token });

  it('makes a tenant, and lists it', async () => {
    const admin = clientOf('owner');
    const made = await admin.POST('/tenants', {
      body: { slug: 'acme', name: 'Acme' },
      params: { header: { 'Idempotency-Key': '"signup-1"' } },
    });
    expect(made.response.status).toBe(202);
    const id = made.data?.id ?? '';
    for (let state = 'running'; state === 'running'; ) {
      const { data } = await admin.GET('/operations/{id}', { params: { path: { id } } });
      state = data?.state ?? 'unknown';
    }
    const { data, error } = await admin.GET('/tenants', { params: { query: { search: 'acm', limit: 1 } } });
    expect(error).toBeUndefined();
    expect(data?.items).toEqual([expect.objectContaining({ id, slug: 'acme', status: 'active' })]);
  });

  it('answers what was refused as a problem, and asks for the token each time', async () => {
    const tokens = ['wrong', 'viewer'];
    const admin = clientOf(async () => tokens.shift() ?? '');
    const wrong = await admin.GET('/tenants');
    expect(wrong.error).toMatchObject({ status: 401, code: 'OPERATOR_UNAUTHORIZED' });
    const viewer = await admin.POST('/cache/flush');
    expect(viewer.error).toMatchObject({ status: 403, code: 'OPERATOR_FORBIDDEN' });
  });
});
