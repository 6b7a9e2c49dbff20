import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { TransferDeployment } from '../transfer.fixture.js';
import type { BackupOptions } from './backup-options.js';
import { ROWS, SHOP } from './backups.fixture.js';
import { TenantBackups } from './tenant-backups.js';

let deployment: TransferDeployment;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
});
afterEach(() => deployment.close());

it('backups are encrypted and signed, and proven and restored by who has the keys', async () => {
  const fleet = await deployment.fleet([SHOP]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  for (const text of ROWS) await deployment.query(fleet, acme, text);
  const storage = join(deployment.folder, 'backups');
  const open = (archives: BackupOptions['archives'] = {}) => new TenantBackups(fleet, { storage, archives });
  const identity = await generateX25519Identity();
  const { privateKey: signWith, publicKey } = generateKeyPairSync('ed25519');
  const writing = { recipients: [await identityToRecipient(identity)], signWith };
  const reading = { identities: [identity], trustedKeys: [publicKey] };

  const plain = await open().backup(acme);
  const backup = await open(writing).backup(acme);
  const again = await open(writing).backup(acme);
  const files = (await readdir(storage, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  // What was readable by everybody is not taken for what only some may read.
  expect(files).toHaveLength(2);
  const starts = await Promise.all(
    files.map(async (file) => (await readFile(join(file.parentPath, file.name))).subarray(0, 21).toString()),
  );
  expect(starts.filter((start) => start === 'age-encryption.org/v1')).toHaveLength(1);

  await expect(open(writing).prove(backup.id)).rejects.toMatchObject({ code: 'ARCHIVE_ENCRYPTED' });
  expect(await open(reading).prove(backup.id)).toMatchObject({ error: null, provenAt: expect.any(Date) });
  await expect(open(reading).restore(plain.id)).rejects.toMatchObject({ code: 'ARCHIVE_UNTRUSTED' });
  const { rows } = await open(reading).restore(again.id, { slug: 'acme-before' });
  expect(rows).toBe(73);
});

it.each([
  [{ recipients: ['age1nobody'] }, 'recipients'],
  [{ recipients: [] }, 'recipients'],
  [{ compression: 'rar' as never }, 'compression'],
])('archives: %j is refused', async (archives, field) => {
  const fleet = await deployment.fleet([SHOP]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  const take = async () => new TenantBackups(fleet, { storage: deployment.folder, archives }).backup(acme);
  await expect(take()).rejects.toThrow(field);
});
