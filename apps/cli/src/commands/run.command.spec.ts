import { PostgresTenantStore, TenantHomes } from '@rowhouse/core';
import { migrateCatalog } from '@rowhouse/core/internal';
import { type App, openApp } from '../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await migrateCatalog(app.admin);
  const store = new PostgresTenantStore({ pool: app.admin });
  const { DATABASE_URL, DIRECT_DATABASE_URL } = app.env;
  const homes = new TenantHomes({
    owner: { url: DIRECT_DATABASE_URL },
    logins: [new URL(DATABASE_URL).username],
    pool: { roles: app.prefix },
  });
  for (const [slug, plan] of [
    ['acme', 'pro'],
    ['globex', 'free'],
    ['initech', 'free'],
  ] as const) {
    const tenant = await store.create({ slug, plan, metadata: { region: plan === 'pro' ? 'us' : 'eu' } });
    await homes.prepare(tenant);
  }
  const suspended = await store.create({ slug: 'hooli', status: 'suspended' });
  await homes.prepare(suspended);
  await store.create({ slug: 'lost', status: 'archived' });
  await homes.close();

  app.write(
    'where-am-i.ts',
    `import { TenantContext } from '@rowhouse/core';
     import type { ScriptContext } from '@rowhouse/cli';
     export default async ({ tenant, manager }: ScriptContext): Promise<unknown> => {
       const [{ schema }] = await manager.query('select current_schema() as schema');
       return { schema, context: TenantContext.get()?.slug };
     };`,
  );
  app.write('talks.mjs', "export default ({ tenant }) => console.log('working on ' + tenant.slug);");
  app.write(
    'fails-for-globex.mjs',
    `export default ({ tenant }) => {
       if (tenant.slug === 'globex') throw new Error('no stock');
     };`,
  );
});
afterAll(() => app.close());

const tenantsOf = (stdout: string) =>
  JSON.parse(stdout).results.map(({ tenant }: { tenant: string }) => tenant);

describe('rowhouse run', () => {
  it('calls a TypeScript function as each active tenant', async () => {
    const { code, stdout } = await app.rowhouse('run where-am-i.ts --all --json');
    expect(JSON.parse(stdout)).toEqual({
      succeeded: 3,
      failed: 0,
      skipped: 0,
      durationMs: expect.any(Number),
      results: ['acme', 'globex', 'initech'].map((slug) => ({
        tenant: slug,
        status: 'ok',
        value: { schema: `tenant_${slug}`, context: slug },
      })),
    });
    expect(code).toBe(0);
  });

  it('reports tenants that failed, continues with the others, and exits with 1', async () => {
    const { code, stdout, stderr } = await app.rowhouse('run fails-for-globex.mjs --all');
    expect(stdout).toContain('✗ globex: no stock\n2 succeeded, 1 failed, 0 skipped.\n');
    expect(stderr).toMatch(/^1 of 3 tenants\n/);
    expect(code).toBe(1);
  });

  it('keeps what a script prints out of the JSON', async () => {
    const { stdout, stderr } = await app.rowhouse('run talks.mjs --all --json');
    expect(JSON.parse(stdout).results[0]).toEqual({ tenant: 'acme', status: 'ok' });
    expect(stderr).toContain('working on acme');
  });

  it.each([
    ['--tenant globex,acme', ['globex', 'acme']],
    ['--tenant hooli', ['hooli']],
    ['--where plan=free', ['globex', 'initech']],
    ['--where plan=free --limit 1', ['globex']],
    ['--where metadata.region=us,isolation=schema', ['acme']],
    ['--where status=suspended', ['hooli']],
  ])('runs for %s', async (whom, expected) => {
    const { stdout } = await app.rowhouse(`run where-am-i.ts --json ${whom}`);
    expect(tenantsOf(stdout)).toEqual(expected);
  });

  it.each([
    ['where-am-i.ts', /Give --all, or --tenant/],
    ['where-am-i.ts --all --tenant acme', /Give --all, or --tenant/],
    ['where-am-i.ts --tenant nobody', /There is no tenant "nobody"/],
    ['where-am-i.ts --tenant lost', /Tenant "lost" is archived\./],
    ['where-am-i.ts --where colour=red', /"colour=red" is not a condition\. Fields are plan/],
    ['where-am-i.ts --where status=asleep', /status is one of/],
    ['missing.ts --all', /There is no script .*missing\.ts/],
    ['rowhouse.config.ts --all', /expected a function as its default export/],
  ])('%s is refused with status 2', async (line, message) => {
    const { code, stdout, stderr } = await app.rowhouse(`run ${line}`);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('starts no further tenant after an interrupt', async () => {
    const { code, stdout } = await app.rowhouse('run where-am-i.ts --all --json', {
      signal: AbortSignal.abort(),
    });
    expect(JSON.parse(stdout)).toMatchObject({ succeeded: 0, skipped: 3 });
    expect(code).toBe(1);
  });
});
