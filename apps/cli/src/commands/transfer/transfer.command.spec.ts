import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
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

  it('encrypt and sign an archive, and take it with the keys only', async () => {
    const identity = await generateX25519Identity();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const file = (name: string, text: string | Buffer) => writeFileSync(join(app.folder, name), text);
    file('key.txt', `# created: today\n${identity}\n`);
    file('other.txt', await generateX25519Identity());
    file('recipients.txt', await identityToRecipient(identity));
    file('sign.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    file('pub.pem', publicKey.export({ type: 'spki', format: 'pem' }));
    const other = generateKeyPairSync('ed25519').publicKey;
    file('other.pem', other.export({ type: 'spki', format: 'pem' }));

    expect(
      await app.rowhouse('export acme --to safe.age --recipient recipients.txt --sign sign.pem'),
    ).toMatchObject({ code: 0 });
    const refusals = {
      'import safe.age --slug safe': 'ARCHIVE_ENCRYPTED',
      'import safe.age --slug safe --identity other.txt': 'ARCHIVE_ENCRYPTED',
      'import safe.age --slug safe --identity key.txt --trusted-key other.pem': 'ARCHIVE_UNTRUSTED',
      'import safe.age --slug safe --identity key.txt --trusted-key key.txt': 'OPTIONS_INVALID',
      'import safe.age --slug safe --identity none.txt': 'UNUSABLE',
      'export acme --to no --sign pub.pem': 'OPTIONS_INVALID',
      'export acme --to no --recipient age1no': 'OPTIONS_INVALID',
      'export acme --to no --format csv --sign sign.pem': 'UNUSABLE',
    };
    for (const [line, code] of Object.entries(refusals))
      expect([line, await json(line)]).toMatchObject([line, { error: { code } }]);
    const taking =
      'import safe.age --identity other.txt --identity key.txt --trusted-key other.pem --trusted-key pub.pem';
    expect(await json(`${taking} --dry-run`)).toMatchObject({ rows: 1, signedWith: expect.any(String) });
    expect(await app.rowhouse(`${taking} --slug safe`)).toMatchObject({ code: 0 });
    expect(existsSync(join(app.folder, 'no'))).toBe(false);
    const { path } = await json(`export acme --recipient ${await identityToRecipient(identity)}`);
    expect(path).toMatch(/\.tar\.gz\.age$/);
  });

  it.each(['csv', 'ndjson', 'sql'])('write a tenant as %s', async (format) => {
    const { path, rows } = await json(`export acme --format ${format}`);
    expect(rows).toBe(1);
    const file = format === 'sql' ? path : join(path, `books.${format}`);
    expect(readFileSync(file, 'utf8')).toContain(format === 'ndjson' ? '"title":' : 'title');
  });
});
