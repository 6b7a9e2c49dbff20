import { generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as zlib from 'node:zlib';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { archiveOf } from './archive/archive.fixture.js';
import { compressedEntriesOf, entriesOf } from './archive/archive-entries.js';
import { END, HEAD, partName, SIGNATURE } from './archive/archive-format.js';
import type { ArchiveWriting } from './archive/archive-options.js';
import { encrypt, encrypterFor } from './archive/encryption.js';
import { verifyArchive } from './archive/read-archive.js';
import { exportTenant } from './export/export-tenant.js';
import { archiveNameOf, exportToFile } from './export/export-to-folder.js';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const RUNS = Number(process.env['ARCHIVE_RUNS'] ?? 30);
const HAS_ZSTD = 'createZstdCompress' in zlib;

const NOTES = migration('Notes1757000000001', [
  'create table notes (id serial primary key, text text)',
  'create table tags (id serial primary key, note_id int references notes (id), name text)',
]);

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let identity: string;
let stranger: string;
let recipient: string;
let key: { publicKey: KeyObject; privateKey: KeyObject };
const pem = (one: KeyObject) =>
  one.export({ type: one.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }) as string;

beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([NOTES]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(
    fleet,
    acme,
    "insert into notes (text) select 'note ' || n from generate_series(1, 500) n",
  );
  [identity, stranger] = [await generateX25519Identity(), await generateX25519Identity()];
  recipient = await identityToRecipient(identity);
  key = generateKeyPairSync('ed25519');
});
afterAll(() => deployment.close());

const fileOf = async (content: Uint8Array, name = 'file') => {
  const path = join(deployment.folder, name);
  await writeFile(path, content);
  return path;
};
const written = async (writing: ArchiveWriting, tenant = acme) => {
  const stream = new PassThrough();
  const [content] = await Promise.all([buffer(stream), exportTenant(fleet, tenant, stream, writing)]);
  return content;
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'taken',
    ({ code }: { code?: string }) => code,
  );
const tarOf = async (content: Buffer) => {
  const entries: { name: string; content: Buffer }[] = [];
  for await (const entry of entriesOf(compressedEntriesOf(Readable.from([content]), []))) entries.push(entry);
  return entries;
};
const tenants = async () =>
  (await deployment.catalog.query('select slug from rowhouse.tenants order by 1')).rows;

describe('an encrypted archive', () => {
  it('is opened by the identity of each recipient, and by no other', async () => {
    const hybrid = await generateHybridIdentity();
    const content = await written({ recipients: [recipient, await identityToRecipient(hybrid)] });
    expect(content.subarray(0, 22).toString()).toBe('age-encryption.org/v1\n');
    const path = await fileOf(content);
    for (const [index, identities] of [[stranger, identity], [hybrid]].entries())
      expect(await importTenant(fleet, path, { slug: `opened-${index}` }, { identities })).toMatchObject({
        rows: 500,
      });
    const before = await tenants();
    for (const identities of [undefined, [], [stranger]])
      expect(await codeOf(importTenant(fleet, path, { slug: 'no' }, { identities }))).toBe(
        'ARCHIVE_ENCRYPTED',
      );
    expect(await tenants()).toEqual(before);
  });

  it('is encrypted as it is written, however large it is', async () => {
    const encrypter = await encrypterFor([recipient]);
    let produced = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        produced += 1;
        yield Buffer.alloc(65_536);
      }
    }
    let seen = 0;
    for await (const chunk of encrypt(encrypter)(endless())) {
      seen += chunk.length;
      if (seen > 8_000_000) break;
    }
    expect(produced * 65_536 - seen).toBeLessThan(1_000_000);
  });

  it.each<[string, object]>([
    ['a recipient', { recipients: ['age1nobody'] }],
    ['recipients', { recipients: [] }],
    ['an identity instead of a recipient', { recipients: ['AGE-SECRET-KEY-1X'] }],
    ['a key to sign with', { signWith: 'no key' }],
    ['a compression', { compression: 'rar' }],
  ])('is not begun where %s is wrong', async (_, writing) => {
    const path = join(deployment.folder, 'never');
    const error = await exportToFile(fleet, acme, path, writing).catch((one: Error) => one);
    expect(error).toMatchObject({ code: 'OPTIONS_INVALID' });
    expect((error as Error).message).not.toContain('SECRET');
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readFile(`${path}.partial`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is refused with a clear error where an identity is none, and the secret is not repeated', async () => {
    const path = await fileOf(await written({ recipients: [recipient] }));
    const wrong = `${identity.slice(0, -1)}!`;
    const error = await verifyArchive(path, undefined, { identities: [wrong] }).catch((one: Error) => one);
    expect(error).toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(String(error)).not.toContain(wrong);
  });

  it('has a header of limited length', async () => {
    const endless = Buffer.concat([Buffer.from('age-encryption.org/v1\n'), Buffer.alloc(1_000_000, 'x')]);
    expect(await codeOf(verifyArchive(await fileOf(endless), undefined, { identities: [identity] }))).toBe(
      'ARCHIVE_INVALID',
    );
  });
});

describe('a signed archive', () => {
  const reading = () => ({ trustedKeys: [pem(key.publicKey)] });

  it('is taken with the key that signed it, and refused with others or without a signature', async () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    const signed = await fileOf(await written({ signWith: pem(key.privateKey) }), 'signed');
    const unsigned = await fileOf(await written({}), 'unsigned');
    const before = await tenants();
    const take = (path: string, trustedKeys: readonly (string | KeyObject)[]) =>
      codeOf(importTenant(fleet, path, { slug: 'trusted' }, { trustedKeys }));
    expect(await take(signed, [other])).toBe('ARCHIVE_UNTRUSTED');
    expect(await take(signed, [])).toBe('ARCHIVE_UNTRUSTED');
    expect(await take(unsigned, [key.publicKey])).toBe('ARCHIVE_UNTRUSTED');
    expect(await take(signed, [generateKeyPairSync('x25519').publicKey])).toBe('OPTIONS_INVALID');
    expect(await tenants()).toEqual(before);
    expect(await take(signed, [other, key.publicKey])).toBe('taken');
    expect(await verifyArchive(signed)).toMatchObject({
      signedWith: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is refused with the signature of another archive, and with rows of another', async () => {
    const other = await fleet.tenants.create({ slug: 'other' });
    const [mine, others] = [
      await tarOf(await written({ signWith: key.privateKey })),
      await tarOf(await written({ signWith: key.privateKey }, other)),
    ];
    const without = (entries: typeof mine, name: string) => entries.filter((one) => one.name !== name);
    const only = (entries: typeof mine, name: string) => entries.filter((one) => one.name === name);
    const swapped = [...without(mine, SIGNATURE), ...only(others, SIGNATURE)];
    const cases = {
      'the signature of another': [swapped, 'ARCHIVE_UNTRUSTED'],
      'no signature': [without(mine, SIGNATURE), 'ARCHIVE_UNTRUSTED'],
      'the end of another': [[...without(mine, END).slice(0, -1), ...others.slice(-2)], 'ARCHIVE_INVALID'],
      'two signatures': [[...mine, ...only(mine, SIGNATURE)], 'ARCHIVE_INVALID'],
      'more after the signature': [
        [...mine, { name: partName(2, 1), content: Buffer.from('1\t1\tx\n') }],
        'ARCHIVE_INVALID',
      ],
      'a signature before the end': [[...mine.slice(0, -2), ...mine.slice(-2).reverse()], 'ARCHIVE_INVALID'],
      'a signature with more fields': [
        [...without(mine, SIGNATURE), { name: SIGNATURE, content: Buffer.from('{"algorithm":"none"}') }],
        'ARCHIVE_INVALID',
      ],
      'a head of its own': [
        mine.map((one) =>
          one.name === HEAD
            ? { name: HEAD, content: Buffer.from(one.content.toString().replace('"acme"', '"evil"')) }
            : one,
        ),
        'ARCHIVE_INVALID',
      ],
    } as const;
    for (const [name, [entries, code]] of Object.entries(cases))
      expect([
        name,
        await codeOf(verifyArchive(await fileOf(await archiveOf(entries)), undefined, reading())),
      ]).toEqual([name, code]);
    expect(await codeOf(verifyArchive(await fileOf(await archiveOf(mine)), undefined, reading()))).toBe(
      'taken',
    );
  });
});

const kinds: [string, () => ArchiveWriting][] = [
  ['encrypted', () => ({ recipients: [recipient] })],
  ['signed', () => ({ signWith: key.privateKey })],
  ['signed and encrypted', () => ({ recipients: [recipient], signWith: key.privateKey })],
  ...(HAS_ZSTD ? [['zstd', () => ({ compression: 'zstd' })] as [string, () => ArchiveWriting]] : []),
];

it.each(kinds)(
  `an archive that is %s is never taken for another: cut off or changed, ${RUNS} times each`,
  async (name, writing) => {
    const whole = await written(writing());
    const reading = {
      identities: [identity],
      ...(name.includes('signed') && { trustedKeys: [key.publicKey] }),
    };
    const { head } = await verifyArchive(await fileOf(whole), undefined, reading);
    for (let run = 0; run < RUNS; run += 1) {
      const cut = await fileOf(whole.subarray(0, randomInt(whole.length)));
      expect(await codeOf(verifyArchive(cut, undefined, reading))).toMatch(/^ARCHIVE_/);
      const flipped = Buffer.from(whole);
      const at = randomInt(whole.length);
      flipped[at] = (flipped[at] as number) ^ (1 << randomInt(8));
      const outcome = await verifyArchive(await fileOf(flipped), undefined, reading).then(
        (archive) => JSON.stringify([archive.head, archive.rows]),
        ({ code }: { code?: string }) => code,
      );
      expect([
        'ARCHIVE_INVALID',
        'ARCHIVE_ENCRYPTED',
        'ARCHIVE_UNTRUSTED',
        JSON.stringify([head, 500]),
      ]).toContain(outcome);
    }
  },
);

it('the name of a file says what is in it', () => {
  const at = new Date('2026-01-31T12:00:00Z');
  expect(archiveNameOf(acme, at)).toBe('acme-2026-01-31T12-00-00-000Z.tar.gz');
  expect(archiveNameOf(acme, at, { compression: 'zstd', recipients: [recipient] })).toMatch(
    /Z\.tar\.zst\.age$/,
  );
});

describe('zstd', () => {
  if (HAS_ZSTD) {
    it('is recognised, and what expands without end is refused', async () => {
      const path = join(deployment.folder, 'zstd');
      await exportTenant(fleet, acme, createWriteStream(path), { compression: 'zstd' });
      expect(await importTenant(fleet, path, { slug: 'zstd' })).toMatchObject({ rows: 500 });
      const bomb = await archiveOf([{ name: HEAD, content: Buffer.alloc(100_000_000) }], 'zstd');
      expect(await codeOf(verifyArchive(await fileOf(bomb)))).toBe('ARCHIVE_INVALID');
    });
  } else
    it('is refused by a Node that does not have it', async () => {
      expect(await codeOf(written({ compression: 'zstd' }))).toBe('OPTIONS_INVALID');
      const start = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 12, 0, 0, 0];
      const path = await fileOf(Buffer.from([...start, 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0]));
      await expect(verifyArchive(path)).rejects.toMatchObject({
        code: 'ARCHIVE_INVALID',
        message: expect.stringContaining('Node 22.15'),
      });
    });
});

it('a stream that is closed early closes its file', async () => {
  const path = await fileOf(await written({ recipients: [recipient] }));
  const file = createReadStream(path);
  for await (const _ of compressedEntriesOf(file, [identity])) break;
  expect(file.destroyed).toBe(true);
});
