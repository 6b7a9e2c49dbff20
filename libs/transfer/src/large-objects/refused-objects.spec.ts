import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { ArchiveHead } from '../archive/archive-format.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { verifyArchive } from '../archive/read-archive.js';
import { copyRows, moveRows } from '../between/copy-and-move.js';
import { cloneTenant } from '../clone/clone-tenant.js';
import { importInto } from '../import/import-into.js';
import { importTenant } from '../import/import-tenant.js';
import { enableJournal } from '../journal/journal.js';
import { rewindTenant } from '../journal/rewind-tenant.js';
import { takeBack } from '../take-back/take-back.js';
import { TransferDeployment } from '../transfer.fixture.js';
import { FILES, fillFiles } from './large-objects.fixture.js';
import { OBJECT_CHUNK_BYTES } from './tenant-objects.js';

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([FILES]);
});
afterAll(() => deployment.close());

let serial = 0;
async function tenantOf(isolation: TenantIsolation = 'schema'): Promise<Tenant> {
  serial += 1;
  return fleet.tenants.create({ slug: `files-${serial}`, isolation });
}

const run = (tenant: Tenant, text: string) => deployment.query(fleet, tenant, text);

/** An object of another tenant. */
async function foreignNumber(): Promise<string> {
  const [row] = await run(await tenantOf(), "select lo_from_bytea(0, 'a secret')::text as number");
  return String(row?.['number']);
}

describe("another tenant's number in a row", () => {
  it.each<TenantIsolation>(['schema', 'row'])(
    'is refused with isolation %s: nothing leaves',
    async (isolation) => {
      const acme = await tenantOf(isolation);
      const number = await foreignNumber();
      await run(acme, `insert into files values (1, ${number})`);
      await expect(deployment.archive(fleet, acme)).rejects.toMatchObject({
        code: 'EXPORT_REFUSED',
        message: expect.stringContaining('files.body'),
      });
      await expect(cloneTenant(fleet, acme, { slug: 'never' })).rejects.toMatchObject({
        code: 'EXPORT_REFUSED',
      });
      await run(acme, 'update files set body = null, relation = 7');
      await run(acme, `update files set relation = ${number}`);
      const archived = gunzipSync(await readFile(await deployment.archive(fleet, acme)));
      // A column that is not declared is not looked at, unless it names the tenant's own.
      expect(archived.includes(number)).toBe(true);
      expect(archived.includes(Buffer.from('a secret').toString('hex'))).toBe(false);
    },
  );

  it('names nothing where it is in an archive', async () => {
    const number = await foreignNumber();
    const path = await forge([`1\t${number}\t\\N\t\\N\n`], undefined);
    await refused(path, 'ARCHIVE_INVALID');
    const own = await forge([`1\t${number}\t\\N\t\\N\n`], {
      count: 1,
      content: `${number}\t0\t\\\\x6f776e\n`,
    });
    const { tenant } = await importTenant(fleet, own, { slug: 'its-own' });
    const [row] = await run(
      tenant,
      "select convert_from(lo_get(body), 'UTF8') as content, body::text as number from files",
    );
    expect(row?.['content']).toBe('own');
    expect(row?.['number']).not.toBe(number);
  });
});

it('a column of type oid that is not declared, and names objects of the tenant, is named', async () => {
  const acme = await tenantOf();
  await run(acme, 'insert into files values (1, null, null, lo_create(0))');
  await expect(deployment.archive(fleet, acme)).rejects.toMatchObject({
    code: 'EXPORT_REFUSED',
    message: expect.stringMatching(/files\.relation.*@largeObject/),
  });
});

it('rows with large objects go to no tenant that is there, and nothing is changed', async () => {
  const [acme, globex] = [await tenantOf(), await tenantOf()];
  await fillFiles(deployment, fleet, acme);
  const path = await deployment.archive(fleet, acme);
  const everything = async () => [
    await run(acme, 'select * from files order by id'),
    await run(globex, 'select * from files order by id'),
  ];
  const before = await everything();
  const [from, to] = [acme.slug, globex.slug];
  const code = 'TRANSFER_REFUSED';
  await expect(copyRows(fleet, from, to)).rejects.toMatchObject({ code });
  await expect(copyRows(fleet, from, to, { dryRun: true })).rejects.toMatchObject({ code });
  await expect(moveRows(fleet, from, to)).rejects.toMatchObject({ code });
  await expect(importInto(fleet, path, to)).rejects.toMatchObject({ code });
  const far = await tenantOf('database');
  await expect(copyRows(fleet, from, far.slug)).rejects.toMatchObject({ code });
  await expect(moveRows(fleet, from, far.slug)).rejects.toMatchObject({ code });
  await expect(takeBack(fleet, globex, { from: acme })).rejects.toMatchObject({
    code: 'TAKE_BACK_REFUSED',
    message: expect.stringContaining('files.body, files.Odd Name'),
  });
  await enableJournal(fleet, acme);
  const [now] = await run(acme, 'select clock_timestamp() as now');
  await expect(rewindTenant(fleet, acme, now?.['now'] as Date, { slug: 'before' })).rejects.toMatchObject({
    code: 'JOURNAL_REFUSED',
  });
  expect(await everything()).toEqual(before);
  await run(acme, 'update files set body = null, "Odd Name" = 0');
  expect(await copyRows(fleet, from, to)).toMatchObject({ rows: 4 });
});

it('in an archive whose columns are not declared numbers are numbers', async () => {
  const path = await forge(['1\t4242\t\\N\t7\n'], undefined, (head) => ({
    ...head,
    tables: head.tables.map((table) => ({
      ...table,
      columns: table.columns.map(({ name, type }) => ({ name, type })),
    })),
  }));
  const { tenant } = await importTenant(fleet, path, { slug: 'old' });
  expect(await run(tenant, 'select body::text, relation::text from files')).toEqual([
    { body: '4242', relation: '7' },
  ]);
});

const HEX = `\\\\x${'00'.repeat(8)}`;

describe('leaves nothing of an archive', () => {
  it.each<[string, string[], string | undefined]>([
    ['without the objects that rows name', ['1\t50\t\\N\t\\N\n'], undefined],
    ['with others than those', ['1\t50\t\\N\t\\N\n'], `51\t0\t${HEX}\n`],
    ['with a number that is none', ['1\t-1\t\\N\t\\N\n'], `50\t0\t${HEX}\n`],
    ['with a number that is SQL', ["1\t1'; select\t\\N\t\\N\n"], `50\t0\t${HEX}\n`],
    ['with a number that is too large', ['1\t4294967296\t\\N\t\\N\n'], `50\t0\t${HEX}\n`],
    ['with a gap', ['1\t50\t\\N\t\\N\n'], `50\t0\t${HEX}\n50\t9\t${HEX}\n`],
    ['with a piece that comes twice', ['1\t50\t\\N\t\\N\n'], `50\t0\t${HEX}\n50\t0\t${HEX}\n`],
    [
      'with an object that comes twice',
      ['1\t50\t51\t\\N\n'],
      `50\t0\t${HEX}\n51\t0\t${HEX}\n50\t0\t${HEX}\n`,
    ],
    ['that begins in the middle', ['1\t50\t\\N\t\\N\n'], `50\t8\t${HEX}\n`],
    ['with bytes that are none', ['1\t50\t\\N\t\\N\n'], '50\t0\tabc\n'],
    ['with half a byte', ['1\t50\t\\N\t\\N\n'], '50\t0\t\\\\x0\n'],
    ['with NULL for bytes', ['1\t50\t\\N\t\\N\n'], '50\t0\t\\N\n'],
    ['with a column more', ['1\t50\t\\N\t\\N\n'], `50\t0\t${HEX}\t1\n`],
    [
      'with a piece that is too long',
      ['1\t50\t\\N\t\\N\n'],
      `50\t0\t\\\\x${'00'.repeat(OBJECT_CHUNK_BYTES + 1)}\n`,
    ],
    [
      'with a line without an end',
      ['1\t50\t\\N\t\\N\n'],
      `50\t0\t\\\\x${'00'.repeat(4 * OBJECT_CHUNK_BYTES)}`,
    ],
  ])('%s', async (_, rows, content) => {
    await refused(
      await forge(rows, content === undefined ? undefined : { count: 1, content }),
      'ARCHIVE_INVALID',
    );
  });
});

let head: ArchiveHead | undefined;

/** An archive that a careful liar has written: its checksums are right. */
async function forge(
  rows: readonly string[],
  objects: { count: number; content: string } | undefined,
  change: (head: ArchiveHead) => unknown = (same) => same,
): Promise<string> {
  if (!head) ({ head } = await verifyArchive(await deployment.archive(fleet, await tenantOf())));
  const path = join(deployment.folder, 'forged');
  const writer = await ArchiveWriter.open(createWriteStream(path), undefined);
  const stream = async function* (texts: readonly string[]) {
    for (const text of texts) yield Buffer.from(text);
  };
  await writer.writeHead(change(structuredClone(head)) as ArchiveHead);
  await writer.writeTable(stream(rows), () => rows.length);
  if (objects) await writer.writeLargeObjects(stream([objects.content]), objects.count);
  await writer.finish([]);
  return path;
}

async function refused(path: string, code: string): Promise<void> {
  const everything = async () =>
    (
      await deployment.catalog.query(
        `select (select jsonb_agg(slug order by slug) from rowhouse.tenants) as tenants,
                (select count(*)::int from pg_roles where rolname like $1) as roles,
                (select jsonb_agg(oid order by oid) from pg_largeobject_metadata) as objects`,
        [`${deployment.roles}%`],
      )
    ).rows;
  const before = await everything();
  await expect(importTenant(fleet, path, { slug: 'copy' })).rejects.toMatchObject({ code });
  expect(await everything()).toEqual(before);
}
