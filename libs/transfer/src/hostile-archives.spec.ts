import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { packTar, unpackTar } from 'modern-tar';
import { archiveOf, forgedArchiveOf } from './archive/archive.fixture.js';
import { unpackEntry } from './archive/archive-entries.js';
import { ARCHIVE_FORMAT, type ArchiveHead, END, HEAD, partName } from './archive/archive-format.js';
import { contentOf, memberOf, membersOf } from './archive/members.js';
import { verifyArchive } from './archive/read-archive.js';
import { type ForgedTable, forgeArchive } from './forged-archives.fixture.js';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const RUNS = Number(process.env['ARCHIVE_RUNS'] ?? 40);

const NOTES = migration('Notes1757000000001', [
  'create table notes (id serial primary key, text text)',
  'create table tags (id serial primary key, note_id int references notes (id), name text)',
]);

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let whole: Buffer;
let members: Buffer[];
let head: ArchiveHead;

beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([NOTES]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(
    fleet,
    acme,
    "insert into notes (text) select 'note ' || n from generate_series(1, 500) n",
  );
  const path = await deployment.archive(fleet, acme);
  whole = await readFile(path);
  ({ head } = await verifyArchive(path));
  members = [];
  for await (const member of membersOf(Readable.from([whole]))) members.push(member);
});
afterAll(() => deployment.close());

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(deployment.folder, 'hostile');
  await writeFile(path, content);
  return path;
}

const forge = (change: (head: ArchiveHead) => unknown, tables: readonly ForgedTable[]): Promise<string> =>
  forgeArchive(join(deployment.folder, 'forged'), change(structuredClone(head)), tables);

/** What there is: tenants, schemas, roles, and the rows of the tenant that was there. */
async function everything() {
  const { rows } = await deployment.catalog.query(
    `select (select jsonb_agg(slug order by slug) from rowhouse.tenants) as tenants,
            (select jsonb_agg(nspname order by nspname) from pg_namespace where nspname like 'tenant%') as schemas,
            (select count(*)::int from pg_roles where rolname like $1) as roles,
            (select count(*)::int from rowhouse.homes) as homes,
            (select count(*)::int from rowhouse.tenant_operations) as operations`,
    [`${deployment.roles}%`],
  );
  return { ...rows[0], notes: await deployment.query(fleet, acme, 'select count(*), sum(id) from notes') };
}

async function refused(path: string, code: string): Promise<string> {
  const before = await everything();
  const error = await importTenant(fleet, path, { slug: 'copy' }).catch((one: unknown) => one);
  expect(error).toMatchObject({ code });
  expect(await everything()).toEqual(before);
  return (error as Error).message;
}

it(`refuses an archive that was cut off or changed anywhere, ${RUNS} times each`, async () => {
  for (let run = 0; run < RUNS; run += 1) {
    const cut = await fileOf(whole.subarray(0, randomInt(whole.length)));
    await expect(verifyArchive(cut)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });

    const flipped = Buffer.from(whole);
    const at = randomInt(whole.length);
    flipped[at] = (flipped[at] as number) ^ (1 << randomInt(8));
    const path = await fileOf(flipped);
    // A few bits of gzip's own header mean nothing: then the content is what it was.
    const outcome = await verifyArchive(path).then(
      (archive) => JSON.stringify(archive.head),
      ({ code }: { code: string }) => code,
    );
    expect(['ARCHIVE_INVALID', JSON.stringify(head)]).toContain(outcome);

    // Compressed anew, every member is whole.
    const changed = await Promise.all(
      members.map(async (member, index) => {
        const tar = await contentOf(member, member.length * 1_000);
        if (index === run % members.length) {
          const place = randomInt(tar.length);
          tar[place] = (tar[place] as number) ^ (1 << randomInt(8));
        }
        return memberOf(tar, 'gzip');
      }),
    );
    const found = await verifyArchive(await fileOf(Buffer.concat(changed))).then(
      (archive) => JSON.stringify([archive.head, archive.rows]),
      ({ code }: { code: string }) => code,
    );
    expect(['ARCHIVE_INVALID', JSON.stringify([head, 500])]).toContain(found);
  }
});

it('stays one file of tar and gzip for other programs', async () => {
  const entries = await unpackTar(gunzipSync(whole), { strict: true });
  expect(entries.map(({ header }) => header.name)).toEqual([HEAD, partName(1, 1), END]);
  expect(
    Buffer.from(entries[1]?.data ?? [])
      .toString()
      .split('\n')[1],
  ).toContain('note 2');
});

const BOTH = [
  { rows: 1, content: '1\tx\n' },
  { rows: 1, content: '1\t1\tx\n' },
];

it('takes a forged archive that says the truth', async () => {
  const { tenant, rows } = await importTenant(fleet, await forge((same) => same, BOTH), { slug: 'honest' });
  expect(rows).toBe(2);
  expect(
    await deployment.query(fleet, tenant, 'select name from tags join notes n on n.id = note_id'),
  ).toEqual([{ name: 'x' }]);
});

it.each<[string, string, () => Promise<string>]>([
  ['no gzip', 'ARCHIVE_INVALID', () => fileOf(Buffer.from('no archive'))],
  ['an empty file', 'ARCHIVE_INVALID', () => fileOf(Buffer.alloc(0))],
  ['a gzip that is no archive', 'ARCHIVE_INVALID', async () => fileOf(gzipSync(await packTar([])))],
  ['a head alone', 'ARCHIVE_INVALID', async () => fileOf(await archiveOf([headEntry()]))],
  [
    'an end alone',
    'ARCHIVE_INVALID',
    async () => fileOf(await archiveOf([{ name: END, content: Buffer.from('{}') }])),
  ],
  [
    'a member that is longer than it says',
    'ARCHIVE_INVALID',
    async () => fileOf(withSize(whole, (size) => size - 1)),
  ],
  [
    'a member that is shorter than it says',
    'ARCHIVE_INVALID',
    async () => fileOf(withSize(whole, (size) => size + 1)),
  ],
  ['a member without end', 'ARCHIVE_INVALID', async () => fileOf(withSize(whole, () => 0xffff_ffff))],
  ['a member of no bytes', 'ARCHIVE_INVALID', async () => fileOf(withSize(whole, () => 0))],
  [
    'a head that expands without end',
    'ARCHIVE_INVALID',
    async () => fileOf(await archiveOf([{ name: HEAD, content: Buffer.alloc(100_000_000) }])),
  ],
  [
    'fewer rows than it says',
    'ARCHIVE_INVALID',
    () => forge((same) => same, [{ rows: 2, content: '1\tx\n' }, BOTH[1] as never]),
  ],
  [
    'more rows than it says',
    'ARCHIVE_INVALID',
    () => forge((same) => same, [{ rows: 0, content: '1\tx\n' }, BOTH[1] as never]),
  ],
  ['a later format', 'ARCHIVE_INVALID', () => forge((one) => ({ ...one, format: ARCHIVE_FORMAT + 1 }), BOTH)],
  ['another field', 'ARCHIVE_INVALID', () => forge((one) => ({ ...one, run: 'this' }), BOTH)],
  [
    'an unknown migration',
    'IMPORT_REFUSED',
    () => forge((one) => ({ ...one, history: [...one.history, 'Later1'] }), BOTH),
  ],
  [
    'a table that is none here',
    'IMPORT_REFUSED',
    () =>
      forge(
        (one) => ({
          ...one,
          tables: [{ ...one.tables[0], name: 'x"; drop schema tenant_acme cascade; --' }, one.tables[1]],
        }),
        BOTH,
      ),
  ],
  [
    "another tenant's schema in a name",
    'IMPORT_REFUSED',
    () =>
      forge(
        (one) => ({ ...one, tables: [{ ...one.tables[0], name: 'tenant_acme.notes' }, one.tables[1]] }),
        BOTH,
      ),
  ],
  [
    'a table of the catalog',
    'IMPORT_REFUSED',
    () => forge((one) => ({ ...one, tables: [{ name: 'tenants', columns: [] }, one.tables[1]] }), BOTH),
  ],
  [
    'a type that is SQL',
    'IMPORT_REFUSED',
    () =>
      forge(
        (one) => ({
          ...one,
          tables: [
            { ...one.tables[0], columns: [{ name: 'id', type: 'int); drop table notes; --' }] },
            one.tables[1],
          ],
        }),
        BOTH,
      ),
  ],
  [
    'a migrations table',
    'IMPORT_REFUSED',
    () => forge((one) => ({ ...one, tables: [{ name: 'migrations', columns: [] }, one.tables[1]] }), BOTH),
  ],
])('leaves nothing of an archive with %s', async (_, code, make) => {
  await refused(await make(), code);
});

it.each<[string, () => Promise<string>]>([
  ['rows that do not fit', () => forge((same) => same, [{ rows: 1, content: 'x\ty\n' }, BOTH[1] as never])],
  [
    'a reference to nothing',
    () => forge((same) => same, [BOTH[0] as never, { rows: 1, content: '1\t99\tx\n' }]),
  ],
  [
    'the same key twice',
    () => forge((same) => same, [{ rows: 2, content: '1\tx\n1\ty\n' }, BOTH[1] as never]),
  ],
])('leaves nothing of an archive with %s', async (_, make) => {
  expect(await refused(await make(), 'IMPORT_REFUSED')).toContain('The rows do not fit');
});

const headEntry = () => ({ name: HEAD, content: Buffer.from(JSON.stringify(head)) });

/** The first member says another length. */
function withSize(archive: Buffer, change: (size: number) => number): Buffer {
  const copy = Buffer.from(archive);
  copy.writeUInt32LE(change(copy.readUInt32LE(16)), 16);
  return copy;
}

describe('entries that no export writes', () => {
  const part = (table: number, number: number, text: string) => ({
    name: partName(table, number),
    content: Buffer.from(text),
  });
  const one = '1\tx\n';

  it.each<[string, () => Parameters<typeof forgedArchiveOf>]>([
    [
      'a path',
      () => [
        [headEntry(), { name: '../../etc/passwd', content: Buffer.from(one) }],
        [[1], []],
      ],
    ],
    [
      'rows before the head',
      () => [
        [part(1, 1, one), headEntry()],
        [[1], []],
      ],
    ],
    [
      'a part twice',
      () => [
        [headEntry(), part(1, 1, one), part(1, 1, one)],
        [[1, 2], []],
      ],
    ],
    [
      'parts in another order',
      () => [
        [headEntry(), part(2, 1, one), part(1, 1, one)],
        [[1], [2]],
      ],
    ],
    [
      'a part of no table',
      () => [
        [headEntry(), part(3, 1, one)],
        [[1], []],
      ],
    ],
    [
      'a second head',
      () => [
        [headEntry(), headEntry()],
        [[1], []],
      ],
    ],
    [
      'an end within',
      () => [
        [headEntry(), { name: END, content: Buffer.from('{}') }],
        [[1], []],
      ],
    ],
    [
      'more parts than the end says',
      () => [
        [headEntry(), part(1, 1, one)],
        [[], []],
      ],
    ],
    ['fewer tables than the head says', () => [[headEntry(), part(1, 1, one)], [[1]]]],
    [
      'a part that is too large',
      () => [
        [headEntry(), part(1, 1, 'x'.repeat(5_000_000))],
        [[1], []],
      ],
    ],
    [
      'a part that expands without end',
      () => [
        [headEntry(), part(1, 1, '\0'.repeat(100_000_000))],
        [[1], []],
      ],
    ],
  ])('are refused: %s', async (_, given) => {
    await refused(await fileOf(await forgedArchiveOf(...given())), 'ARCHIVE_INVALID');
  });

  it.each<[string, () => Promise<Uint8Array>]>([
    [
      'a link',
      () =>
        packTar([{ header: { name: partName(1, 1), size: 0, type: 'symlink', linkname: '/etc/passwd' } }]),
    ],
    [
      'two entries',
      () => packTar([1, 2].map((n) => ({ header: { name: partName(1, n), size: 1 }, body: 'x' }))),
    ],
    ['no entry', () => packTar([])],
    ['no tar', async () => Buffer.from('no tar')],
  ])('are refused in a member: %s', async (_, tar) => {
    await expect(unpackEntry(await memberOf(Buffer.from(await tar()), 'gzip'))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  it('are refused: an end that is no JSON, or not the last', async () => {
    const end = { name: END, content: Buffer.from('{') };
    for (const entries of [
      [headEntry(), end],
      [headEntry(), end, part(1, 1, one)],
    ])
      await refused(await fileOf(await archiveOf(entries)), 'ARCHIVE_INVALID');
  });
});
