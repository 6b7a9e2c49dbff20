import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { packTar } from 'modern-tar';
import { type ArchiveHead, END, HEAD, partName } from './archive/archive-format.js';
import { ArchiveWriter } from './archive/archive-writer.js';
import { verifyArchive } from './archive/read-archive.js';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const RUNS = Number(process.env['ARCHIVE_RUNS'] ?? 100);

const NOTES = migration('Notes1757000000001', [
  'create table notes (id serial primary key, text text)',
  'create table tags (id serial primary key, note_id int references notes (id), name text)',
]);

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let whole: Buffer;
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
});
afterAll(() => deployment.close());

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(deployment.folder, 'hostile');
  await writeFile(path, content);
  return path;
}

/** An archive that a careful liar has written: its checksums are right. */
async function forge(
  change: (head: ArchiveHead) => unknown,
  tables: readonly { rows: number; content: string }[],
): Promise<string> {
  const path = join(deployment.folder, 'forged');
  const writer = new ArchiveWriter(createWriteStream(path), undefined);
  await writer.writeHead(change(structuredClone(head)) as ArchiveHead);
  for (const { rows, content } of tables)
    await writer.writeTable(
      (async function* () {
        if (content) yield Buffer.from(content);
      })(),
      () => rows,
    );
  await writer.finish([]);
  return path;
}

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

    // Within the compression nothing else would find it.
    const tar = gunzipSync(whole);
    const place = randomInt(tar.length);
    tar[place] = (tar[place] as number) ^ (1 << randomInt(8));
    const found = await verifyArchive(await fileOf(gzipSync(tar, { level: 1 }))).then(
      (archive) => JSON.stringify([archive.head, archive.rows]),
      ({ code }: { code: string }) => code,
    );
    expect(['ARCHIVE_INVALID', JSON.stringify([head, 500])]).toContain(found);
  }
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
  ['an empty archive', 'ARCHIVE_INVALID', async () => fileOf(gzipSync(await packTar([])))],
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
  ['a later format', 'ARCHIVE_INVALID', () => forge((one) => ({ ...one, format: 2 }), BOTH)],
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
  expect(await refused(await make(), 'IMPORT_REFUSED')).toContain('The rows of the archive do not fit');
});

describe('entries that no export writes', () => {
  const entry = (name: string, body: string) => ({ header: { name, size: Buffer.byteLength(body) }, body });
  const headEntry = () => entry(HEAD, JSON.stringify(head));

  it.each<[string, () => Parameters<typeof packTar>[0]]>([
    ['a path', () => [headEntry(), entry('../../etc/passwd', 'x')]],
    [
      'a link',
      () => [
        headEntry(),
        { header: { name: partName(1, 1), size: 0, type: 'symlink' as const, linkname: '/etc/passwd' } },
      ],
    ],
    ['rows before the head', () => [entry(partName(1, 1), '1\tx\n'), headEntry()]],
    ['a part twice', () => [headEntry(), entry(partName(1, 1), '1\tx\n'), entry(partName(1, 1), '2\ty\n')]],
    ['a part of no table', () => [headEntry(), entry(partName(3, 1), '1\tx\n')]],
    ['a part that is too large', () => [headEntry(), entry(partName(1, 1), 'x'.repeat(5_000_000))]],
    ['a second end', () => [headEntry(), entry(END, '{}'), entry(END, '{}')]],
    ['an end that is no JSON', () => [headEntry(), entry(END, '{')]],
  ])('are refused: %s', async (_, entries) => {
    const path = await fileOf(gzipSync(await packTar(entries())));
    await refused(path, 'ARCHIVE_INVALID');
  });
});
