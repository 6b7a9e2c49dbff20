import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { ROOT } from '../../../../../tools/workspace.mjs';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  symlinkSync(join(ROOT, 'node_modules'), join(app.folder, 'node_modules'));
  const config = readFileSync(join(app.folder, 'rowhouse.config.ts'), 'utf8');
  const declared = `export default {
    backups: { storage: 'backups' },
    members: { roles: ['owner', 'member'], ownerRole: 'owner' },
    plans: { free: { quotas: { seats: 1 } } },
    settings: {
      schema: z.object({ theme: z.string().default('light'), token: z.string().default('') }),
      secrets: ['token'],
      keys: localKeys([{ id: 'k', secret: '${Buffer.alloc(32, 1).toString('base64')}' }]),
    },`;
  app.write(
    'rowhouse.config.ts',
    `import { z } from 'zod';\nimport { localKeys } from '@rowhouse/admin/services';\n${config.replace('export default {', declared)}`,
  );
  for (const line of [
    'tenants create acme',
    'members add acme --issuer https://id.example.com --subject 1 --email ada@acme.com --member-roles owner',
    'domains add acme shop.acme.com',
    'settings set acme theme dark',
    'settings set acme token s3cret',
    'plans override acme quotas.seats=9',
  ]) {
    const { code, stderr } = await app.rowhouse(line);
    expect([line, code, code === 0 ? '' : stderr]).toEqual([line, 0, '']);
  }
});
afterAll(() => app.close());

const ALL = '--include settings,domains,members,overrides';
const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);

it('settings, domains, members and overrides go into an archive, and out of it', async () => {
  const exported = await app.rowhouse(`export acme --to all.tar.gz ${ALL}`);
  expect(exported.stdout).toBe(
    `acme: 1 row of 1 table are in ${join(app.folder, 'all.tar.gz')}, with settings, domains, members, overrides. ` +
      'Left out: the secret settings token, which only encrypted archives have.\n',
  );
  expect((await app.rowhouse('import all.tar.gz --dry-run')).stdout).toContain(
    'It has settings, domains, members, overrides too.',
  );
  expect(await app.rowhouse(`import all.tar.gz --slug copy --suspended ${ALL}`)).toMatchObject({
    code: 0,
    stdout:
      'Tenant copy is suspended, with 1 row of 1 table. Settings: 1, left out token. Domains: 1. Members: 1. Overrides: 1.\n',
  });
  expect(await json('members list copy')).toMatchObject({
    members: [{ email: 'ada@acme.com', roles: ['owner'] }],
  });
  const again = await app.rowhouse('import all.tar.gz --into copy --include members --on-conflict overwrite');
  expect(again.stdout).toContain('Members: 0, 1 there already.');
});

it('secrets go along where the archive is encrypted', async () => {
  const identity = await generateX25519Identity();
  app.write('key.txt', identity);
  await app.rowhouse(
    `export acme --to safe.age --recipient ${await identityToRecipient(identity)} --include settings`,
  );
  const imported = await app.rowhouse('import safe.age --identity key.txt --slug safe --include settings');
  expect(imported.stdout).toContain('Settings: 2.');
});

it('what the config or the archive does not have is refused', async () => {
  await app.rowhouse('export acme --to rows.tar.gz');
  const refusals = {
    'import rows.tar.gz --slug no --include members': 'IMPORT_REFUSED',
    'export acme --to no --format csv --include members': 'UNUSABLE',
  };
  for (const [line, code] of Object.entries(refusals))
    expect([line, await json(line)]).toMatchObject([line, { error: { code } }]);
  expect(await app.rowhouse('export acme --include keys')).toMatchObject({ code: 2 });
  app.write('other.config.ts', `export default { dataSource: { type: 'postgres' } };`);
  const { stderr } = await app.rowhouse('export acme --to no --include members --config other.config.ts');
  expect(stderr).toContain('expected some of domains, since the application declares no members');
});

it('backups have them, and restores bring them unless they are told otherwise', async () => {
  expect(await app.rowhouse('backup acme')).toMatchObject({ code: 0 });
  expect((await app.rowhouse('restore acme --slug back')).stdout).toContain(
    'Settings: 1, left out token. Domains: 1. Members: 1. Overrides: 1.',
  );
  expect(await json('restore acme --slug bare --include none')).toMatchObject({ records: [] });
});
