import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TENANT_STATUSES } from '@rowhouse/core';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

describe('rowhouse tenants', () => {
  it('create makes a tenant with its tables and its seed', async () => {
    const { code, stdout, stderr } = await app.rowhouse('tenants create acme --name Acme --plan pro');
    expect(stderr).toContain('acme: seeding\n');
    expect(stdout).toMatch(/^Tenant acme \([0-9a-f-]{36}\) is active\.\n$/);
    expect(code).toBe(0);
    const { rows } = await app.admin.query('select title from tenant_acme.books');
    expect(rows).toEqual([{ title: 'Middlemarch' }]);
  });

  it('create fails for a slug that is taken, unless --if-not-exists is given', async () => {
    const taken = await app.rowhouse('tenants create acme');
    expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('taken') });
    expect((await app.rowhouse('tenants create acme --if-not-exists')).code).toBe(0);
    expect(await json('tenants create acme')).toEqual({
      error: { code: 'TENANT_CONFLICT', message: expect.stringContaining('taken') },
    });
  });

  it('create needs a config', async () => {
    const { code, stderr } = await app.rowhouse('tenants create globex', { cwd: '/' });
    expect(stderr).toMatch(/Create a rowhouse\.config\.ts with `rowhouse init`, or give --config/);
    expect(code).toBe(2);
  });

  it('list shows a page and the cursor of the next one', async () => {
    await app.rowhouse('tenants create globex');
    const { stdout } = await app.rowhouse('tenants list');
    expect(stdout).toMatch(/^SLUG +NAME +STATUS +ISOLATION +PLACEMENT +PLAN\nacme +Acme +active +schema/);
    const page = await json('tenants list --limit 1');
    expect(page.tenants.map(({ slug }: { slug: string }) => slug)).toEqual(['acme']);
    expect((await json(`tenants list --cursor ${page.next}`)).tenants).toHaveLength(1);
    expect((await json('tenants list --limit 1 --all')).tenants).toHaveLength(2);
  });

  it.each(['tenants list', 'tenants list --all'])('%s shows tenants in every status', async (line) => {
    for (const status of TENANT_STATUSES) {
      await app.admin.query(
        'insert into rowhouse.tenants (id, slug, name, status) values (gen_random_uuid(), $1, $1, $2)',
        [`in-${status}`, status],
      );
    }
    const { stdout } = await app.rowhouse(line);
    await app.admin.query("delete from rowhouse.tenants where slug like 'in-%'");
    const shown = [...stdout.matchAll(/^in-\S+ +\S+ +(\S+)/gm)].map(([, status]) => status);
    expect(shown.sort()).toEqual([...TENANT_STATUSES].sort());
  });

  it('list and show need no config', async () => {
    const { code, stdout } = await app.rowhouse('tenants list', { cwd: '/' });
    expect(stdout).toContain('globex');
    expect(code).toBe(0);
  });

  it('show prints one tenant, by slug and by id', async () => {
    const tenant = await json('tenants show acme');
    expect(tenant).toMatchObject({ slug: 'acme', plan: 'pro', schema: 'tenant_acme' });
    expect((await app.rowhouse(`tenants show ${tenant.id}`)).stdout).toMatch(/^slug +acme$/m);
    expect((await app.rowhouse('tenants show nobody')).code).toBe(2);
  });

  it('update changes the given fields only', async () => {
    expect((await app.rowhouse('tenants update acme --metadata {"region":"eu"}')).code).toBe(0);
    expect(await json('tenants show acme')).toMatchObject({ plan: 'pro', metadata: { region: 'eu' } });
    expect((await app.rowhouse('tenants update acme')).stderr).toContain('--name, --plan or --metadata');
  });

  it.each([
    ['suspend', 'suspended'],
    ['activate', 'active'],
    ['maintenance', 'maintenance'],
    ['archive', 'archived'],
    ['activate', 'active'],
  ])('%s sets the status %s', async (command, status) => {
    const { code, stdout } = await app.rowhouse(`tenants ${command} acme`);
    expect(stdout).toBe(`Tenant acme is ${status}.\n`);
    expect(code).toBe(0);
  });

  it('purge requires the slug as a confirmation, a deleted tenant, and the end of its retention', async () => {
    expect((await app.rowhouse('tenants purge acme')).stderr).toContain('--confirm acme');
    expect((await app.rowhouse('tenants purge acme --confirm acme')).code).toBe(1);
    expect((await app.rowhouse('tenants delete acme --retention 7')).stdout).toContain('restore acme');
    expect((await app.rowhouse('tenants purge acme --confirm acme')).code).toBe(1);
    expect((await app.rowhouse('tenants restore acme')).stdout).toBe('Tenant acme is active.\n');
  });

  it('purge removes a tenant after an export', async () => {
    await app.rowhouse('tenants delete acme');
    const { code, stdout } = await app.rowhouse(
      'tenants purge acme --confirm acme --now --export exports --json',
    );
    const purged = JSON.parse(stdout);
    expect(purged).toMatchObject({ slug: 'acme', exportedTo: expect.stringContaining('exports') });
    expect(purged.certificate.certificate).toMatchObject({
      home: 'tenant_acme',
      tables: expect.arrayContaining([{ name: 'books', rows: 1 }]),
    });
    const shown = await app.rowhouse('tenants certificate acme --json');
    expect(JSON.parse(shown.stdout)).toEqual(purged.certificate);
    expect((await app.rowhouse('tenants certificate acme')).stdout).toContain('schema tenant_acme');
    expect((await app.rowhouse('tenants certificate nobody')).code).toBe(2);
    expect(code).toBe(0);
    expect(existsSync(JSON.parse(stdout).exportedTo)).toBe(true);
    expect(readdirSync(join(app.folder, 'exports'))).toHaveLength(1);
    expect((await app.rowhouse('tenants show acme')).code).toBe(2);
  });

  it('purge --expired asks, and is refused without a terminal', async () => {
    await app.rowhouse('tenants create initech');
    await app.rowhouse('tenants delete initech --retention 0');
    expect((await app.rowhouse('tenants purge --expired')).stderr).toContain('give --yes');
    expect((await app.rowhouse('tenants purge --expired', { answer: 'no' })).code).toBe(2);
    const { stdout } = await app.rowhouse('tenants purge --expired', { answer: 'y' });
    expect(stdout).toBe('✓ initech\n1 tenant purged, 0 failed.\n');
  });

  it('repair finishes a creation that failed', async () => {
    app.writeSeed('insert into boks default values');
    const failed = await app.rowhouse('tenants create hooli');
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('"boks" does not exist') });
    expect((await app.rowhouse('tenants repair')).code).toBe(1);
    app.writeSeed("insert into books (title) values ('Emma')");
    const { code, stdout } = await app.rowhouse('tenants repair');
    expect(stdout).toBe('✓ hooli: created\n1 tenant repaired, 0 failed.\n');
    expect(code).toBe(0);
  });

  it('repair --undo removes tenants whose creation did not finish, after asking', async () => {
    app.writeSeed('insert into boks default values');
    await app.rowhouse('tenants create pied-piper');
    expect((await app.rowhouse('tenants repair --undo')).stderr).toContain('give --yes');
    const { stdout } = await app.rowhouse('tenants repair --undo --yes --tenant pied-piper');
    expect(stdout).toMatch(/^✓ pied-piper: undone\n/);
    expect((await app.rowhouse('tenants show pied-piper')).code).toBe(2);
  });

  it('prewarm builds homes in advance', async () => {
    const { code, stdout, stderr } = await app.rowhouse('tenants prewarm 2');
    expect(stdout).toBe('2 homes ready, 2 new.\n');
    expect(stderr).toMatch(/2 of 2 homes\n$/);
    expect(code).toBe(0);
  });
});
