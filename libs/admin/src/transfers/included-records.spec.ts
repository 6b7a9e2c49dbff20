import { readFile } from 'node:fs/promises';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { AdminDeployment, PLATFORMS } from '../admin-app.fixture.js';
import { ArchiveFiles } from './archive-files.js';
import type { ArchiveFolder } from './archive-folder.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

let deployment: AdminDeployment;
beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.closeApps());
afterAll(() => deployment.close());

const ALL = ['settings', 'domains', 'members', 'overrides'];
const PLANS = { free: { quotas: { seats: 1 }, features: ['sso'] } };
let tenants = 0;

async function furnished(app: App): Promise<string> {
  tenants += 1;
  const slug = `shop-${tenants}`;
  await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
  const member = {
    issuer: 'https://id.example.com',
    subject: slug,
    email: `ada@${slug}.com`,
    roles: ['owner'],
  };
  for (const [method, path, body] of [
    ['POST', 'members', member],
    ['POST', 'domains', { domain: `${slug}.com` }],
    ['PATCH', 'settings', { theme: 'dark', smtp: { password: 's3cret' } }],
    ['PATCH', 'limits', { features: { sso: true } }],
  ] as const) {
    const { status, body: answer } = await app.call(method, `tenants/${slug}/${path}`, { body });
    expect([path, status < 300 ? '' : answer]).toEqual([path, '']);
  }
  return slug;
}

async function recordsOf(app: App, slug: string) {
  const read = async (path: string) => (await app.call('GET', `tenants/${slug}/${path}`)).body;
  return {
    members: (await read('members')).items.map(({ email, roles }: Record<string, unknown>) => ({
      email,
      roles,
    })),
    domains: (await read('domains')).items.map(({ domain, status }: Record<string, unknown>) => ({
      domain,
      status,
    })),
    settings: (await read('settings')).overrides,
    limits: (await read('limits')).overrides,
  };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('settings, domains, members and overrides go into archives, and out of them', async () => {
    const app = await deployment.start({ platform, plans: PLANS });
    const slug = await furnished(app);
    const exported = await app.ended(
      await app.call('POST', `tenants/${slug}/exports`, { role: 'operator', body: { include: ALL } }),
    );
    expect(exported).toMatchObject({
      state: 'succeeded',
      result: { records: ALL, secretsLeftOut: ['smtp.password'] },
    });
    const { exportId } = exported.result;
    const made = await app.ended(
      await app.call('POST', 'imports', {
        role: 'operator',
        body: { export: exportId, slug: `${slug}-copy`, include: ALL, suspended: true },
      }),
    );
    expect(made.result.records.map(({ kind, written }: Record<string, unknown>) => [kind, written])).toEqual([
      ['settings', 1],
      ['domains', 1],
      ['members', 1],
      ['overrides', 1],
    ]);
    const { settings: _, ...rest } = await recordsOf(app, slug);
    expect(await recordsOf(app, `${slug}-copy`)).toEqual({ ...rest, settings: { theme: 'dark' } });
    expect((await app.app.get(Fleet).tenants.find(`${slug}-copy`)).status).toBe('suspended');
    const { rows } = await app.app
      .get(Catalog)
      .query(
        `select distinct actor ->> 'id' as id from rowhouse.audit_entries where action = 'member.added' and tenant_id = $1`,
        [made.result.tenantId],
      );
    expect(rows).toEqual([{ id: 'operator' }]);

    const target = await furnished(app);
    const body = { export: exportId, include: ['members'], onConflict: 'skip' };
    const added = await app.ended(
      await app.call('POST', `tenants/${target}/imports`, { role: 'operator', body }),
    );
    expect(added.result.records).toEqual([{ kind: 'members', written: 1, same: 0, skipped: 0, leftOut: [] }]);
    expect((await recordsOf(app, target)).members).toHaveLength(2);
  });

  it('an upload may bring them', async () => {
    const app = await deployment.start({ platform, plans: PLANS });
    const slug = await furnished(app);
    const { result } = await app.ended(
      await app.call('POST', `tenants/${slug}/exports`, { body: { include: ['members'] } }),
    );
    const path = app.app.get<ArchiveFolder>(ArchiveFiles).archive('export', result.exportId);
    const upload = async (query: string) =>
      app.call('POST', `imports/upload?slug=${slug}-up&suspended=true&${query}`, {
        body: new Uint8Array(await readFile(path)),
        headers: { 'content-type': 'application/gzip' },
      });
    expect((await upload('include=keys')).status).toBe(400);
    expect(await app.ended(await upload('include=members'))).toMatchObject({
      result: { records: [{ kind: 'members', written: 1 }] },
    });
    expect((await recordsOf(app, `${slug}-up`)).members).toHaveLength(1);
  });

  it('what the application does not declare is refused at once', async () => {
    const app = await deployment.start({ platform, settings: false });
    const slug = `bare-${platform}`;
    await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
    for (const include of [['settings'], ['overrides'], ['members', 'keys']])
      expect((await app.call('POST', `tenants/${slug}/exports`, { body: { include } })).status).toBe(400);
  });

  it('backups have them, and restores bring them', async () => {
    const app = await deployment.start({ platform, plans: PLANS });
    const slug = await furnished(app);
    const { result: backup } = await app.ended(await app.call('POST', `tenants/${slug}/backups`));
    const restored = await app.ended(
      await app.call('POST', `backups/${backup.id}/restores`, { body: { slug: `${slug}-back` } }),
    );
    expect(restored.result.records.map(({ kind }: Record<string, unknown>) => kind)).toEqual(ALL);
    expect((await recordsOf(app, `${slug}-back`)).members).toEqual((await recordsOf(app, slug)).members);
    const bare = await app.ended(
      await app.call('POST', `backups/${backup.id}/restores`, {
        body: { slug: `${slug}-bare`, include: [] },
      }),
    );
    expect(bare.result.records).toEqual([]);
  });
});
