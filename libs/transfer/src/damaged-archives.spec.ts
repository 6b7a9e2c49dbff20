import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { packTar } from 'modern-tar';
import { packEntry } from './archive/archive-entries.js';
import { type ArchivedSequence, type ArchiveHead, END, HEAD, partName } from './archive/archive-format.js';
import { contentOf, memberOf, membersOf } from './archive/members.js';
import { sha256, verifyArchive } from './archive/read-archive.js';
import { walls } from './between/between.fixture.js';
import { type ForgedTable, forgeArchive } from './forged-archives.fixture.js';
import { importInto } from './import/import-into.js';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

// Each archive here meets a new tenant or one that is there; afterwards all of them are as they were.

/** Archives of each kind; the environment variable ARCHIVE_RUNS asks for another number. */
const RUNS = Number(process.env['ARCHIVE_RUNS'] ?? 30);
const TIMEOUT_MS = 600_000;
const GZIP_HEADER_BYTES = 10;

let deployment: TransferDeployment;
let fleet: Fleet;
let tenants: readonly Tenant[];
let whole: Buffer;
let members: Buffer[];
let head: ArchiveHead;
let rows: number;
let asItWas: unknown;

beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([
    migration('Notes1757000000001', [
      'create table notes (id serial primary key, text text)',
      'create table tags (id serial primary key, note_id int references notes (id), name text, at timestamptz)',
      ...['notes', 'tags'].flatMap((table) => walls(table, deployment.roles)),
    ]),
  ]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  const made = [acme];
  for (const isolation of ['row', 'database'] as const)
    made.push(await fleet.tenants.create({ slug: `to-${isolation}`, isolation }));
  tenants = made;
  await deployment.query(
    fleet,
    acme,
    "insert into notes (text) select 'note ' || n from generate_series(1, 500) n",
  );
  await deployment.query(
    fleet,
    acme,
    "insert into tags (note_id, name, at) select n, 'tag', now() from generate_series(1, 9) n",
  );
  for (const tenant of made.slice(1))
    await deployment.query(fleet, tenant, "insert into notes (id, text) values (70001, 'own')");
  whole = await readFile(await deployment.archive(fleet, acme));
  members = [];
  for await (const member of membersOf(Readable.from([whole]))) members.push(member);
  ({ head, rows } = await verifyArchive(await fileOf(whole)));
  asItWas = await everything();
});
afterAll(() => deployment.close());
// One that was taken is no reason for others to fail.
afterEach(async () => {
  if (!(await deployment.catalog.query("select from rowhouse.tenants where slug = 'copy'")).rowCount) return;
  await fleet.tenants.delete('copy');
  await fleet.tenants.purge('copy', { confirm: 'copy', beforeRetentionEnds: true });
});

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(deployment.folder, 'damaged');
  await writeFile(path, content);
  return path;
}

const everything = () => deployment.everything(fleet, tenants);

let attempts = 0;

/** The next way in: a new tenant of each isolation, and the tenants that are there. */
function bring(path: string): Promise<unknown> {
  attempts += 1;
  const isolations: readonly TenantIsolation[] = ['schema', 'row', 'database'];
  const isolation = isolations[attempts % isolations.length];
  if (attempts % 2 === 0) return importTenant(fleet, path, { slug: 'copy', isolation });
  return importInto(fleet, path, tenants[attempts % tenants.length]?.slug as string);
}

async function refused(path: string, codes: readonly string[]): Promise<void> {
  const code = await bring(path).then(
    () => 'taken',
    (error: { code?: unknown }) => error.code ?? error,
  );
  expect(codes).toContain(code);
  expect(await everything()).toEqual(asItWas);
}

/** Some bits mean nothing: those of padding, and a few of the headers. */
async function saysTheSame(path: string): Promise<boolean> {
  const archive = await verifyArchive(path).catch(() => undefined);
  return (
    archive !== undefined && JSON.stringify([archive.head, archive.rows]) === JSON.stringify([head, rows])
  );
}

function flip(content: Buffer, from = 0): Buffer {
  const flipped = Buffer.from(content);
  const at = randomInt(from, content.length);
  flipped[at] = (flipped[at] as number) ^ (1 << randomInt(8));
  return flipped;
}

describe('an archive is refused, and every tenant is as it was,', () => {
  const kinds: [string, () => Buffer | Promise<Buffer>][] = [
    ['cut off anywhere', () => whole.subarray(0, randomInt(whole.length))],
    ['with a bit flipped', () => flip(whole, GZIP_HEADER_BYTES)],
    ['with a bit flipped before it was compressed', () => repacked(flip)],
    ['with a piece missing', () => without(whole)],
    ['with a piece missing before it was compressed', () => repacked(without)],
  ];

  it.each(kinds)(
    `%s: ${RUNS} times`,
    async (_, damage) => {
      for (let run = 0; run < RUNS; ) {
        const path = await fileOf(await damage());
        if (await saysTheSame(path)) continue;
        await refused(path, ['ARCHIVE_INVALID']);
        run += 1;
      }
    },
    TIMEOUT_MS,
  );

  it(
    'without one of its members, and with one twice',
    async () => {
      for (const index of members.keys()) {
        const left = members.filter((_, at) => at !== index);
        const doubled = members.flatMap((member, at) => (at === index ? [member, member] : [member]));
        for (const all of [left, doubled])
          await refused(await fileOf(Buffer.concat(all)), ['ARCHIVE_INVALID']);
      }
    },
    TIMEOUT_MS,
  );
});

function without(content: Buffer): Buffer {
  const from = randomInt(content.length - 1);
  const to = randomInt(from + 1, content.length);
  return Buffer.concat([content.subarray(0, from), content.subarray(to)]);
}

/** One of the members is changed, and compressed as if that were its content. */
async function repacked(change: (content: Buffer) => Buffer): Promise<Buffer> {
  const index = randomInt(members.length);
  const content = await contentOf(members[index] as Buffer, 1_000_000);
  const changed = await memberOf(change(content), 'gzip');
  return Buffer.concat(members.map((member, at) => (at === index ? changed : member)));
}

describe('a liar whose checksums are right is refused, and every tenant is as it was:', () => {
  const NOTE: ForgedTable = { rows: 1, content: '1\tx\n' };
  const TAG: ForgedTable = { rows: 1, content: '1\t1\tx\t\\N\n' };
  const notes = (content: ForgedTable['content'], count = 1) => [{ rows: count, content }, TAG];
  const sequence = (name: string, lastValue = '1'): ArchivedSequence => ({ name, lastValue, isCalled: true });

  interface Lie {
    readonly head?: (head: ArchiveHead) => unknown;
    readonly tables?: readonly ForgedTable[];
    readonly sequences?: readonly ArchivedSequence[];
  }
  const table = (change: object) => (one: ArchiveHead) => ({
    ...one,
    tables: [{ ...one.tables[0], ...change }, one.tables[1]],
  });
  const columns = (...more: { name: string; type: string }[]) => ({
    tables: notes('1\tx\t1\n'),
    head: (one: ArchiveHead) => table({ columns: [...(one.tables[0]?.columns ?? []), ...more] })(one),
  });
  const deep = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}null${'}'.repeat(depth)}`);

  const ROWS: [string, Lie][] = [
    ['a NUL in a text', { tables: notes('1\ta\0b\n') }],
    ['no UTF-8', { tables: notes(Buffer.from([0x31, 0x09, 0xff, 0xfe, 0x0a])) }],
    ['half a character', { tables: notes(Buffer.from([0x31, 0x09, 0xe2, 0x82, 0x0a])) }],
    ['a text for a number', { tables: notes('one\tx\n') }],
    ['a number that is too large', { tables: notes('99999999999\tx\n') }],
    ['no key', { tables: notes('\\N\tx\n') }],
    ['a column too many', { tables: notes('1\tx\ty\n') }],
    ['a column too few', { tables: notes('1\n') }],
    ['an end of COPY among the rows, and one row said', { tables: notes('1\tx\n\\.\n2\ty\n') }],
    ['an end of COPY among the rows, and two rows said', { tables: notes('1\tx\n\\.\n2\ty\n', 2) }],
    ['a date that there is not', { tables: [NOTE, { rows: 1, content: '1\t1\tx\t2026-02-30\n' }] }],
    ['a reference to a row that is not there', { tables: [NOTE, { rows: 1, content: '1\t7\tx\t\\N\n' }] }],
    ['a key twice', { tables: notes('1\tx\n1\ty\n', 2) }],
    ['more rows than there are', { tables: notes('1\tx\n', 2) }],
    ['fewer rows than there are', { tables: notes('1\tx\n2\ty\n', 1) }],
    ['no rows where there are some', { tables: notes('1\tx\n', 0) }],
    ['a tenant of its own', columns({ name: 'tenant_id', type: 'uuid' })],
    ['a column with SQL in its name', columns({ name: 'x"; drop table notes; --', type: 'text' })],
    ['a column with a NUL in its name', columns({ name: 'a\0b', type: 'text' })],
    ['a system column', columns({ name: 'ctid', type: 'tid' })],
    ['a column twice', columns({ name: 'id', type: 'integer' })],
    [
      'a table twice',
      { head: (one) => ({ ...one, tables: [one.tables[0], one.tables[0]] }), tables: [NOTE, NOTE] },
    ],
    ['a table with a NUL in its name', { head: table({ name: 'no\0tes' }) }],
    ['a table of PostgreSQL', { head: table({ name: 'pg_authid' }) }],
    [
      'a migration with SQL in its name',
      { head: (one) => ({ ...one, history: ["x'; drop schema public; --"] }) },
    ],
    [
      'a history in another order',
      { head: (one) => ({ ...one, history: [...one.history, ...one.history] }) },
    ],
    [
      'a field of the prototype',
      { head: (one) => JSON.parse(JSON.stringify(one).replace('{', '{"__proto__":{"x":1},')) },
    ],
  ];

  it.each(ROWS)(
    '%s',
    async (_, { head: change = (one) => one, tables = [NOTE, TAG], sequences }) => {
      for (let way = 0; way < 6; way += 1) {
        const path = join(deployment.folder, 'damaged');
        await forgeArchive(path, change(structuredClone(head)), tables, sequences);
        await refused(path, ['ARCHIVE_INVALID', 'IMPORT_REFUSED', 'TRANSFER_CONFLICT', 'TRANSFER_REFUSED']);
      }
    },
    TIMEOUT_MS,
  );

  const NEW: [string, Lie][] = [
    ['a slug that is a path', { head: (one) => ({ ...one, tenant: { ...one.tenant, slug: '../../x' } }) }],
    [
      'a slug with SQL',
      { head: (one) => ({ ...one, tenant: { ...one.tenant, slug: 'x"; drop schema public' } }) },
    ],
    [
      'metadata that nest without end',
      { head: (one) => ({ ...one, tenant: { ...one.tenant, metadata: deep(4_000) } }) },
    ],
    [
      'metadata with a NUL',
      { head: (one) => ({ ...one, tenant: { ...one.tenant, metadata: { a: 'x\0y' } } }) },
    ],
    ['a sequence that cannot stand there', { sequences: [sequence('notes_id_seq', '9223372036854775807')] }],
  ];

  it.each(NEW)(
    '%s, as a new tenant',
    async (_, { head: change = (one) => one, tables = [NOTE, TAG], sequences }) => {
      const path = join(deployment.folder, 'damaged');
      await forgeArchive(path, change(structuredClone(head)), tables, sequences);
      const code = await importTenant(fleet, path).then(
        () => 'taken',
        (error: { code?: unknown }) => error.code ?? error,
      );
      expect([
        'ARCHIVE_INVALID',
        'IMPORT_REFUSED',
        'TENANT_ID_INVALID',
        'TENANT_INVALID',
        'TENANT_CONFLICT',
      ]).toContain(code);
      expect(await everything()).toEqual(asItWas);
    },
  );

  it.each<[string, string]>([
    ['a table', 'notes'],
    ['SQL', "x'); drop table notes; --"],
    ['the sequence of another schema', 'tenant_acme.notes_id_seq'],
    ['nothing', 'nothing'],
  ])('a sequence that is %s, which is passed over', async (_, name) => {
    const path = join(deployment.folder, 'damaged');
    await forgeArchive(path, head, [NOTE, TAG], [sequence(name, '77')]);
    await importTenant(fleet, path, { slug: 'copy' });
    expect(await everything()).toMatchObject({ contents: (asItWas as { contents: unknown }).contents });
  });
});

describe('entries that no export writes are refused, and nothing is written anywhere:', () => {
  type Entry = Parameters<typeof packTar>[0][number];
  const entry = (name: string, body = '', header: object = {}): Entry =>
    ({ header: { name, size: Buffer.byteLength(body), ...header }, body }) as Entry;
  const headEntry = () => entry(HEAD, JSON.stringify(head));
  const part = (number: number, body: string) => entry(partName(1, number), body);

  it.each<[string, () => Entry[]]>([
    ['a path upwards', () => [headEntry(), entry('rows/000001/../../../x', '1\tx\n')]],
    ['an absolute path', () => [headEntry(), entry(`/${partName(1, 1)}`, '1\tx\n')]],
    ['a path of Windows', () => [headEntry(), entry('C:\\rows\\x', '1\tx\n')]],
    ['a dot before the name', () => [headEntry(), entry(`./${partName(1, 1)}`, '1\tx\n')]],
    ['another case', () => [entry('HEAD.JSON', JSON.stringify(head))]],
    ['a folder', () => [headEntry(), entry('rows/', '', { type: 'directory' })]],
    [
      'a hard link',
      () => [headEntry(), entry(partName(1, 1), '', { type: 'link', linkname: '/etc/passwd' })],
    ],
    ['a device', () => [headEntry(), entry(partName(1, 1), '', { type: 'character-device' })]],
    ['a pipe', () => [headEntry(), entry(partName(1, 1), '', { type: 'fifo' })]],
    [
      'a name in a header of its own',
      () => [headEntry(), entry(partName(1, 1), '1\tx\n', { pax: { path: '../x' } })],
    ],
    ['an empty part', () => [headEntry(), part(1, '')]],
    [
      'a million small parts',
      () => [headEntry(), ...Array.from({ length: 50 }, (_, at) => part(at + 1, `${at}\tx\n`))],
    ],
    ['a head twice', () => [headEntry(), headEntry()]],
    ['an end without a head', () => [entry(END, '{}')]],
    ['nothing but zeros', () => []],
  ])('%s', async (_, entries) => {
    await refused(await fileOf(await lying(await Promise.all(entries().map(tarOf)))), ['ARCHIVE_INVALID']);
  });

  it.each<[string, () => Promise<Buffer>]>([
    ['a size that is not there', async () => sized(8 * 1_024 ** 3 - 1)],
    ['a size below zero', async () => sized(-1)],
    ['zeros without end', async () => memberOf(Buffer.alloc(256 * 1_024 * 1_024), 'gzip')],
    [
      'a head of zeros',
      async () => lying([Buffer.concat([await tarOf(entry(HEAD, 'x')), Buffer.alloc(16 * 1_024 * 1_024)])]),
    ],
    ['an archive in an archive', async () => lying([whole])],
  ])('%s, in constant memory', async (_, make) => {
    const path = await fileOf(await make());
    const before = process.memoryUsage().arrayBuffers;
    await refused(path, ['ARCHIVE_INVALID']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1_024 * 1_024);
  });

  /** A part whose header says another size, with a checksum that is right. */
  async function sized(size: number): Promise<Buffer> {
    const packed = await tarOf(part(1, '1\tx\n'));
    const octal = size < 0 ? '-0000000001' : size.toString(8).padStart(11, '0');
    packed.write(`${octal}\0`, 124, 'latin1');
    packed.write('        ', 148, 'latin1');
    let sum = 0;
    for (const byte of packed.subarray(0, 512)) sum += byte;
    packed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return lying([await tarOf(headEntry()), packed]);
  }
});

/** Without the end of tar. */
async function tarOf(entry: Parameters<typeof packTar>[0][number]): Promise<Buffer> {
  return Buffer.from((await packTar([entry])).subarray(0, -1_024));
}

/** An archive whose first part of the first table is what comes after the head, as its end says. */
async function lying(contents: readonly Buffer[]): Promise<Buffer> {
  const packed = await Promise.all(contents.map((content) => memberOf(content, 'gzip')));
  const [first, ...parts] = packed.map(sha256);
  const none = { rows: 0, bytes: 0, parts: [] };
  const end = { head: first ?? sha256(whole), tables: [{ rows: 1, bytes: 4, parts }, none], sequences: [] };
  const last = { name: END, content: Buffer.from(JSON.stringify(end)) };
  return Buffer.concat([...packed, await packEntry(last, 'gzip', { isLast: true })]);
}
