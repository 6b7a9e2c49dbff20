import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  app.write(
    'config.ts',
    `import config from './rowhouse.config.js';
    export default { ...config, backups: { storage: './kept', schedule: '* * * * *', prove: '* * * * *' } };`,
  );
  await app.rowhouse('tenants create acme --plan pro');
  await app.rowhouse('tenants create globex');
});
afterAll(() => app.close());

const run = (line: string) => app.rowhouse(`${line} --config config.ts`);
const json = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout);
const titles = async (schema: string) => (await app.admin.query(`select title from ${schema}.books`)).rows;

describe('rowhouse backup and restore', () => {
  it('back a tenant up, and make another tenant of it', async () => {
    const { code, stdout } = await run('backup acme --without-files');
    expect(stdout).toMatch(/^acme: 1 row of 1 table at \d{4}-.*Z are in the backup [0-9a-f-]{36}\.\n$/);
    expect(code).toBe(0);
    expect(readdirSync(join(app.folder, 'kept'))).toHaveLength(1);
    const restored = await run('restore acme --slug before');
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Tenant before is active, with 1 row of 1 table as acme had them at /),
    });
    expect(restored.stderr).toMatch(/^acme: restoring the backup of \d{4}/);
    expect(await titles('tenant_before')).toEqual(await titles('tenant_acme'));
    const { entries } = await json('audit list');
    for (const action of ['backup.created', 'tenant.created'])
      expect(entries).toContainEqual(
        expect.objectContaining({ action, actor: { type: 'operator', id: expect.stringContaining('@') } }),
      );
    await app.rowhouse('tenants delete before');
    await app.rowhouse('tenants purge before --confirm before --now');
  });

  it('take all tenants, by --all', async () => {
    const { stdout, code } = await run('backup --all');
    expect(stdout).toMatch(/acme: .*\nglobex: .*\n2 tenants backed up, 0 failed\.\n$/);
    expect(code).toBe(0);
    expect((await run('backups list --tenant globex')).stdout).toMatch(/^ID .*\n.* globex .* complete /);
  });

  it('find the backup of a moment', async () => {
    const [{ id, takenAt }] = (await json('backups list --tenant acme')).backups;
    const made = await json(`restore acme --at ${takenAt} --slug then`);
    expect(made).toMatchObject({ tenant: { slug: 'then' }, backup: { id } });
    expect(await json(`restore acme --backup ${id} --slug then-too`)).toMatchObject({ backup: { id } });
    expect(await run('restore acme --at 2020-01-01T00:00:00Z')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no complete backup of "acme" from 2020-01-01'),
    });
    expect(await run(`restore globex --backup ${id}`)).toMatchObject({ code: 2 });
    expect(await run('restore acme --at yesterday')).toMatchObject({ code: 2 });
    expect(await run(`restore acme --at ${takenAt} --backup ${id}`)).toMatchObject({ code: 2 });
  });
});

describe('rowhouse backups', () => {
  it('verifies, proves, deletes and prunes', async () => {
    const [{ id, key }] = (await json('backup globex')).backups;
    expect(await run(`backups verify ${id}`)).toMatchObject({ code: 0, stdout: `✓ ${id}\n` });
    expect(await run(`backups prove ${id}`)).toMatchObject({ code: 0, stdout: `✓ ${id}\n` });
    rmSync(join(app.folder, 'kept', key));
    const pruned = await run('backups prune');
    expect(pruned).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`✗ ${key} is not in the storage.`),
    });
    expect(await run(`backups verify ${id} nonsense`)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/✗ .*its file is not in the storage.*\n✗ nonsense: There is no backup/),
    });
    const ids = (await json('backups list --tenant globex')).backups.map((one: { id: string }) => one.id);
    expect(await run(`backups delete ${ids.join(' ')} --yes`)).toMatchObject({ code: 0 });
    expect((await json('backups list')).backups.map((one: { id: string }) => one.id)).not.toContain(id);
  });

  it('does what is due', async () => {
    await run('backups due');
    await app.admin.query('update rowhouse.backup_schedule set due_at = now()');
    const { code, stdout } = await run('backups due');
    expect(stdout).toMatch(/\d+ tenants backed up, \d+ backups proven, \d+ removed\.\n$/);
    expect(code).toBe(0);
  });

  it('needs a config that says where backups are', async () => {
    const { code, stderr } = await app.rowhouse('backup acme');
    expect(stderr).toContain("backups: { storage: './backups' }");
    expect(code).toBe(2);
    expect(await run('backup')).toMatchObject({ code: 2 });
    expect(await run('backup acme --all')).toMatchObject({ code: 2 });
  });
});
