import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Tenant, TenantNotFoundError } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { archiveOf } from '../archive/archive.fixture.js';
import { packEntry } from '../archive/archive-entries.js';
import { type ArchiveHead, END, HEAD } from '../archive/archive-format.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { sha256, verifyArchive } from '../archive/read-archive.js';
import { importTenant } from '../import/import-tenant.js';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import {
  type ArchivedMember,
  type ArchivedRecords,
  RECORD_KINDS,
  recordEntryOf,
} from './archived-records.js';
import { type PreparedRecords, TenantRecords } from './tenant-records.js';

const NOTES = migration('Notes1757000000001', ['create table notes (id serial primary key, text text)']);
const ADA: ArchivedMember = {
  issuer: 'https://id.example.com',
  subject: '1',
  email: 'ada@acme.com',
  name: 'Ada',
  roles: ['owner'],
  status: 'active',
};

/** Takes everything, and notes what it is given. */
class AnyRecords extends TenantRecords {
  readonly kinds = RECORD_KINDS;
  readonly prepared: ArchivedRecords[] = [];
  async read() {
    return { records: { members: [ADA] }, revision: null };
  }
  async prepare(records: ArchivedRecords): Promise<PreparedRecords> {
    this.prepared.push(records);
    return { write: async () => [], written: () => {} };
  }
}

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let head: ArchiveHead;
const records = new AnyRecords();
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([NOTES]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  ({ head } = await verifyArchive(await deployment.archive(fleet, acme)));
});
afterAll(() => deployment.close());

/** An archive that a careful liar has written. */
async function forge(content: unknown): Promise<string> {
  const path = join(deployment.folder, 'forged');
  const writer = await ArchiveWriter.open(createWriteStream(path), undefined);
  await writer.writeHead(head);
  await writer.writeRecords(content as ArchivedRecords);
  await writer.writeTable((async function* () {})(), () => 0);
  await writer.finish([]);
  return path;
}

/** An archive of these entries. */
async function fileOf(entries: readonly (readonly [string, string])[]): Promise<string> {
  const path = join(deployment.folder, 'packed');
  await writeFile(
    path,
    await archiveOf(entries.map(([name, body]) => ({ name, content: Buffer.from(body) }))),
  );
  return path;
}

async function entriesOf(path: string): Promise<ReadonlyMap<string, string>> {
  const tar = gunzipSync(await readFile(path));
  const entries = new Map<string, string>();
  for (let at = 0; tar[at]; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('utf8', at + 124, at + 136), 8);
    entries.set(name, tar.toString('utf8', at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

async function refused(path: string): Promise<void> {
  const prepared = records.prepared.length;
  await expect(
    importTenant(fleet, path, { slug: 'copy' }, { include: ['members'], records }),
  ).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  await expect(fleet.tenants.find('copy')).rejects.toThrow(TenantNotFoundError);
  expect(records.prepared).toHaveLength(prepared);
}

it('takes records that are as they should be', async () => {
  const path = await forge({ members: [ADA] });
  await importTenant(fleet, path, { slug: 'honest' }, { include: ['members'], records });
  expect(records.prepared.at(-1)).toEqual({ members: [ADA] });
});

it.each<[string, unknown]>([
  ['a member of a named tenant', { members: [{ ...ADA, tenantId: '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11' }] }],
  ['a member with an id', { members: [{ ...ADA, id: '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11' }] }],
  ['the same member twice', { members: [ADA, { ...ADA, email: 'other@acme.com' }] }],
  ['the same address twice', { members: [ADA, { ...ADA, subject: '2', email: 'ADA@acme.com' }] }],
  ['a member without roles', { members: [{ ...ADA, roles: [] }] }],
  ['a huge name', { members: [{ ...ADA, name: 'x'.repeat(1_000_000) }] }],
  ['another status', { members: [{ ...ADA, status: 'owner' }] }],
  ['the same domain twice', { domains: ['shop.acme.com', 'shop.acme.com'] }],
  ['a domain that says to be verified', { domains: [{ domain: 'shop.acme.com', status: 'verified' }] }],
  ['settings that are none', { settings: 'all' }],
  ['settings with a version', { settings: { overrides: {}, leftOut: [], version: 7 } }],
  ['overrides that are a list', { overrides: [] }],
])('refuses %s before anything is made', async (_, content) => {
  await refused(await forge(content));
});

describe('an archive', () => {
  let entries: ReadonlyMap<string, string>;
  const MEMBERS = recordEntryOf('members');
  const of = (name: string) => [name, entries.get(name) ?? ''] as const;
  beforeAll(async () => {
    entries = await entriesOf(await forge({ domains: ['shop.acme.com'], members: [ADA] }));
  });

  it('is refused with other records than its end says, without them, twice, and in another order', async () => {
    const DOMAINS = recordEntryOf('domains');
    await verifyArchive(await fileOf([of(HEAD), of(DOMAINS), of(MEMBERS), of(END)]));
    const owner = (entries.get(MEMBERS) ?? '').replace('ada@acme.com', 'eve@acme.com');
    for (const all of [
      [of(HEAD), of(DOMAINS), [MEMBERS, owner] as const, of(END)],
      [of(HEAD), of(DOMAINS), of(END)],
      [of(HEAD), of(DOMAINS), of(MEMBERS), of(MEMBERS), of(END)],
      [of(HEAD), of(MEMBERS), of(DOMAINS), of(END)],
      [of(DOMAINS), of(HEAD), of(MEMBERS), of(END)],
      [of(HEAD), of(DOMAINS), of(MEMBERS), ['records/keys.json', '[]'] as const, of(END)],
      [of(HEAD), of(DOMAINS), of(MEMBERS), of(END), of(MEMBERS)],
    ])
      await refused(await fileOf(all));
  });

  it('has the checksum of its records in its end, which is what is signed', async () => {
    const members = { name: MEMBERS, content: Buffer.from(entries.get(MEMBERS) ?? '') };
    expect(JSON.parse(entries.get(END) ?? '').records.members).toBe(
      sha256(await packEntry(members, 'gzip', { isLast: false })),
    );
  });
});

it('needs records of the app where some are included', async () => {
  const path = await forge({ members: [ADA] });
  await expect(importTenant(fleet, path, { slug: 'copy' }, { include: ['members'] })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining('expected none, since the application declares no members'),
  });
  await expect(
    importTenant(fleet, path, { slug: 'copy' }, { include: ['domains'], records }),
  ).rejects.toMatchObject({ code: 'IMPORT_REFUSED', message: expect.stringContaining('has no domains') });
});
