import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme');
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

describe('rowhouse domains', () => {
  it('add prints the record that proves the domain', async () => {
    const { code, stdout } = await app.rowhouse('domains add acme Bücher.invalid');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^xn--bcher-kva\.invalid \(bücher\.invalid\) is pending\.\n.*\n {2}_rowhouse-challenge\.xn--bcher-kva\.invalid\. IN TXT "rowhouse-domain-verification=[0-9a-f]{40}"\n$/,
    );
    const { rows } = await app.admin.query(
      "select actor ->> 'type' as type from rowhouse.tenant_events order by id desc limit 1",
    );
    expect(rows).toEqual([{ type: 'operator' }]);
  });

  it('add refuses what is no domain, and what another tenant has', async () => {
    expect(await app.rowhouse('domains add acme co.uk')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('public suffix'),
    });
    await app.admin.query(
      `with other as (insert into rowhouse.tenants (id, slug, name) values (gen_random_uuid(), 'globex', 'Globex') returning id)
       insert into rowhouse.tenant_domains (domain, tenant_id) select 'taken.invalid', id from other`,
    );
    expect(await json('domains add acme taken.invalid')).toEqual({
      error: { code: 'DOMAIN_TAKEN', message: expect.any(String) },
    });
  });

  it('verify fails while there is no record', async () => {
    const { code, stdout } = await app.rowhouse('domains verify acme bücher.invalid --json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'pending', failure: expect.any(String) });
  });

  it('primary needs a verified domain', async () => {
    expect((await app.rowhouse('domains primary acme bücher.invalid')).code).toBe(1);
    await app.admin.query(
      "insert into rowhouse.tenant_domains (domain, tenant_id) select 'acme.invalid', id from rowhouse.tenants where slug = 'acme'",
    );
    expect(await app.rowhouse('domains primary acme acme.invalid')).toMatchObject({
      code: 0,
      stdout: 'acme.invalid is verified, and the primary domain.\n',
    });
  });

  it('list shows all of a tenant, and remove takes one away', async () => {
    const { stdout } = await app.rowhouse('domains list acme');
    expect(stdout).toMatch(/^DOMAIN +UNICODE +STATUS +PRIMARY +FAILURE\nacme\.invalid +verified +primary\n/);
    const { domains } = await json('domains list acme');
    expect(domains.map(({ domain }: { domain: string }) => domain)).toEqual([
      'acme.invalid',
      'xn--bcher-kva.invalid',
    ]);
    expect(await app.rowhouse('domains remove acme bücher.invalid')).toMatchObject({
      code: 0,
      stdout: 'xn--bcher-kva.invalid was removed.\n',
    });
    expect((await app.rowhouse('domains remove acme bücher.invalid')).code).toBe(2);
    expect((await app.rowhouse('domains list nobody')).code).toBe(2);
  });
});
