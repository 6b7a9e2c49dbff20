import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme --plan pro');
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);
const titles = async (schema: string) =>
  (await app.admin.query(`select title from ${schema}.books order by 1`)).rows.map(({ title }) => title);

describe('rowhouse clone', () => {
  it('writes rules, shows what they do, and makes a masked clone that expires', async () => {
    const refused = await app.rowhouse('clone acme acme-staging --mask masks.ts');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--init-masks') });

    const { code, stdout } = await app.rowhouse('clone acme --init-masks masks.ts');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Read it before you use it.'),
    });
    expect(readFileSync(join(app.folder, 'masks.ts'), 'utf8')).toContain('title: mask.hash(), // text');
    expect(await app.rowhouse('clone acme --init-masks masks.ts')).toMatchObject({ code: 2 });

    const shown = await app.rowhouse('clone acme --mask masks.ts --dry-run');
    expect(shown.stdout).toMatch(/^books +1 row$/m);
    expect(shown.stdout).toMatch(/^ +title +text +hash$/m);
    expect(shown.stdout).toMatch(/^ +id +integer +stays$/m);

    const made = await app.rowhouse('clone acme acme-staging --mask masks.ts --sample 100% --expires 7d');
    expect(made.stdout).toMatch(
      /^Tenant acme-staging is active, with 1 row of 1 table of acme, masked\. It expires \d{4}-.*Z\.\n$/,
    );
    expect(made.code).toBe(0);
    expect(await titles('tenant_acme')).toEqual(['Middlemarch']);
    expect(await titles('tenant_acme_staging')).toEqual([expect.stringMatching(/^[0-9a-z]{20}$/)]);
    expect(await json('tenants show acme-staging')).toMatchObject({
      plan: 'pro',
      expiresAt: expect.any(String),
    });
    expect((await app.rowhouse('tenants list')).stdout).toMatch(/EXPIRES\n.*\nacme-staging .*Z\n/);

    expect((await app.rowhouse('tenants remove-expired --yes')).stdout).toBe('0 clones removed, 0 failed.\n');
    await app.admin.query("update rowhouse.tenant_clones set expires_at = now() - interval '1 second'");
    expect((await app.rowhouse('tenants remove-expired --yes')).stdout).toBe(
      '✓ acme-staging\n1 clone removed, 0 failed.\n',
    );
    expect((await app.rowhouse('tenants list')).stdout).not.toContain('acme-staging');
  });

  it('refuses masks that leave texts out, unless it may be', async () => {
    app.write('none.mjs', 'export default {};');
    expect(await json('clone acme copy --mask none.mjs')).toMatchObject({
      error: { code: 'MASKS_INCOMPLETE', message: expect.stringContaining('books.title') },
    });
    expect(await app.rowhouse('clone acme copy --mask none.mjs --no-strict')).toMatchObject({ code: 0 });
    expect(await titles('tenant_copy')).toEqual(['Middlemarch']);
  });

  it('takes a number of rows of named tables, and is the same for the same seed', async () => {
    await app.admin.query(
      "insert into tenant_acme.books (title) select 'Volume ' || n from generate_series(1, 50) n",
    );
    for (const slug of ['one', 'two'])
      expect(await json(`clone acme ${slug} --sample books=5 --seed a-seed-of-the-spec`)).toMatchObject({
        rows: 5,
      });
    expect(await titles('tenant_one')).toHaveLength(5);
    expect(await titles('tenant_two')).toEqual(await titles('tenant_one'));
  });

  it('changes when a clone expires, and refuses what is none', async () => {
    await app.rowhouse('clone acme short --expires 1d');
    expect(await json('tenants expiry short never')).toMatchObject({ expiresAt: null });
    expect((await app.rowhouse('tenants expiry short 30d')).stdout).toMatch(/^Tenant short expires .*Z\.\n$/);
    expect(await app.rowhouse('tenants expiry acme 1d')).toMatchObject({ code: 1 });
    expect(await app.rowhouse('tenants expiry short soon')).toMatchObject({ code: 2 });
  });

  it.each([
    'clone acme',
    'clone acme x --sample 200%',
    'clone acme x --sample books=',
    'clone acme x --seed short',
    'clone nobody x',
  ])('cannot start with %s', async (line) => {
    expect(await app.rowhouse(line)).toMatchObject({ code: 2 });
  });
});
