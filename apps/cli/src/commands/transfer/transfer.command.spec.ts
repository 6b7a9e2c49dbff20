import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme --plan pro');
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);
const titles = async (schema: string) => (await app.admin.query(`select title from ${schema}.books`)).rows;

describe('rowhouse export and import', () => {
  it('write a tenant to a file, show it, and make another tenant of it', async () => {
    const { code, stdout } = await app.rowhouse('export acme --to acme.tar.gz');
    expect(stdout).toBe(`acme: 1 row of 1 table are in ${join(app.folder, 'acme.tar.gz')}.\n`);
    expect(code).toBe(0);

    expect(await json('import acme.tar.gz --dry-run')).toMatchObject({
      tenant: { slug: 'acme', plan: 'pro' },
      tables: [{ name: 'books', rows: 1 }],
      rows: 1,
    });
    expect((await app.rowhouse('tenants list')).stdout).not.toContain('copy');

    const imported = await app.rowhouse('import acme.tar.gz --slug copy --name Copy');
    expect(imported).toMatchObject({ code: 0, stdout: 'Tenant copy is active, with 1 row of 1 table.\n' });
    expect(imported.stderr).toContain('copy: reading the rows in\n');
    expect(await titles('tenant_copy')).toEqual(await titles('tenant_acme'));
    expect(await json('tenants show copy')).toMatchObject({ name: 'Copy', plan: 'pro' });
  });

  it('name the file by the tenant and the time where it is not given', async () => {
    const { path } = await json('export acme');
    expect(path).toMatch(/acme-\d{4}-\d\d-\d\dT[\d-]+Z\.tar\.gz$/);
    expect(existsSync(path)).toBe(true);
  });

  it('overwrite nothing', async () => {
    writeFileSync(join(app.folder, 'mine'), 'mine');
    const { code, stderr } = await app.rowhouse('export acme --to mine');
    expect(stderr).toContain('is there already');
    expect(code).toBe(1);
  });

  it('leave nothing of what is refused', async () => {
    writeFileSync(join(app.folder, 'no-archive'), 'no archive');
    const refused = await app.rowhouse('import no-archive --slug none');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('The file is no archive') });
    expect(await app.rowhouse('import missing --slug none')).toMatchObject({ code: 2 });
    await json('export acme --to again.tar.gz');
    expect(await json('import again.tar.gz')).toMatchObject({ error: { code: 'TENANT_CONFLICT' } });
    expect((await app.rowhouse('tenants list --all')).stdout).not.toContain('none');
    expect(readdirSync(app.folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});
