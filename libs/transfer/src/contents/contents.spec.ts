import { randomBytes, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { type Tenant, TenantNotFoundError } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { verifyArchive } from '../archive/read-archive.js';
import { TenantBackups } from '../backups/tenant-backups.js';
import { copyRows, moveRows } from '../between/copy-and-move.js';
import { cloneTenant } from '../clone/clone-tenant.js';
import { mask } from '../clone/masks/mask-rules.js';
import { exportTenant } from '../export/export-tenant.js';
import { importInto } from '../import/import-into.js';
import { importTenant } from '../import/import-tenant.js';
import { withRowsOf } from '../source/tenant-source.js';
import { TransferDeployment } from '../transfer.fixture.js';
import { beginFrame, bytesFrames, endFrame } from './content-frames.js';
import { PAPERS, Papers, sha256 } from './contents.fixture.js';
import { ContentsCount } from './contents-report.js';

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let ids: readonly string[];
const papers = new Papers();
const TEXTS = ['one', 'two, which is longer', ''];

beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([PAPERS], deployment.catalog, { companions: [papers] });
  acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(fleet, acme, 'insert into folders select generate_series(1, 20)');
  const added: string[] = [];
  for (const text of TEXTS) added.push(await papers.add(fleet, acme, text));
  await deployment.query(
    fleet,
    acme,
    `insert into papers (id, title) values ('${randomUUID()}', 'no content')`,
  );
  ids = added.sort();
});
afterAll(() => deployment?.close());

const newSlug = (prefix = 'copy') => `${prefix}-${randomBytes(4).toString('hex')}`;
const newPath = () => join(deployment.folder, randomUUID());
const textsOf = (tenant: Pick<Tenant, 'id'>) => papers.of(tenant).map(([, bytes]) => String(bytes));
const sorted = (texts: readonly string[]) => [...texts].sort();

async function archive(control = {}, from = fleet): Promise<string> {
  const path = newPath();
  await exportTenant(from, acme, createWriteStream(path), control);
  return path;
}

/** Nothing is made, and nothing is left in the store. */
async function refused(importing: (slug: string) => Promise<unknown>, error: object): Promise<void> {
  const kept = papers.kept.size;
  const slug = newSlug();
  await expect(importing(slug)).rejects.toMatchObject(error);
  await expect(fleet.tenants.find(slug)).rejects.toThrow(TenantNotFoundError);
  expect(papers.kept.size).toBe(kept);
}

describe('an archive', () => {
  it('has what its rows name, and says so; without contents it is of the format before', async () => {
    const whole = await verifyArchive(await archive());
    const bytes = TEXTS.join('').length;
    expect(whole.head).toMatchObject({
      format: 4,
      companions: [{ name: 'papers', table: 'papers', isIncluded: true }],
    });
    expect(whole.contents).toEqual([{ name: 'papers', isIncluded: true, objects: 3, bytes, missing: 0 }]);
    const without = await verifyArchive(await archive({ contents: false }));
    expect(without.contents).toMatchObject([{ name: 'papers', isIncluded: false, objects: 0 }]);
    const stranger = await deployment.fleet([PAPERS]);
    expect((await verifyArchive(await archive({}, stranger))).head.format).toBe(3);
  });

  it('is refused where nobody takes its contents, unless they are left out', async () => {
    const path = await archive();
    const stranger = await deployment.fleet([PAPERS]);
    await refused((slug) => importTenant(stranger, path, { slug }), {
      code: 'IMPORT_REFUSED',
      message: expect.stringContaining('companions'),
    });
    const { tenant, contents } = await importTenant(stranger, path, { slug: newSlug() }, { contents: false });
    expect(contents).toMatchObject([{ name: 'papers', isIncluded: false }]);
    expect(textsOf(tenant)).toEqual([]);
  });

  it('has all but what was gone or damaged when it was written, and says how many that were', async () => {
    const holed = await fleet.tenants.create({ slug: newSlug('holed') });
    const [gone, damaged] = [
      await papers.add(fleet, holed, 'gone'),
      await papers.add(fleet, holed, 'damaged'),
    ];
    await papers.add(fleet, holed, 'whole');
    papers.kept.delete(`${holed.id}/${gone}`);
    papers.kept.set(`${holed.id}/${damaged}`, Buffer.from('DAMAGED'));
    const path = newPath();
    const report = await exportTenant(fleet, holed, createWriteStream(path));
    expect(report.contents).toMatchObject([{ objects: 1, missing: 2 }]);
    const made = await importTenant(fleet, path, { slug: newSlug() });
    expect(made.contents).toMatchObject([{ objects: 1, missing: 2 }]);
    expect(textsOf(made.tenant)).toEqual(['whole']);
  });
});

describe('an archive that a liar has written', () => {
  type Frames = Generator<Buffer> | Buffer[];
  const content = (id: string, text: string, said = text) => [
    beginFrame({ id, sizeBytes: said.length, sha256: sha256(Buffer.from(said)) }),
    ...bytesFrames(Buffer.from(text)),
    endFrame('whole'),
  ];
  /** What each row names. */
  let told: Map<string, string>;
  beforeAll(() => {
    told = new Map(ids.map((id) => [id, String(papers.kept.get(`${acme.id}/${id}`))]));
  });
  const honest = () => [...told].flatMap(([id, text]) => content(id, text));

  /** All is as it should be, but for the contents. */
  async function forge(frames: Frames): Promise<string> {
    const path = newPath();
    await withRowsOf(fleet, acme, undefined, async (source) => {
      const writer = await ArchiveWriter.open(createWriteStream(path), undefined);
      const companions = [{ name: 'papers', table: 'papers', isIncluded: true }];
      await writer.writeHead({ ...source.head, format: 4, companions });
      for (const index of source.head.tables.keys()) {
        const { chunks, count } = source.rows(index);
        await writer.writeTable(chunks as AsyncIterable<Buffer>, count);
      }
      const all = async function* () {
        yield* frames;
      };
      await writer.writeContents('papers', all(), () => new ContentsCount('papers'));
      await writer.finish([]);
    });
    return path;
  }

  it('is taken when it tells the truth', async () => {
    const { tenant } = await importTenant(fleet, await forge(honest()), { slug: newSlug() });
    expect(sorted(textsOf(tenant))).toEqual(sorted(TEXTS));
  });

  it.each<[string, () => Frames]>([
    ['a content that no row names', () => [...honest(), ...content(randomUUID(), 'more')]],
    ['a content of another id', () => [...content(randomUUID(), 'first'), ...honest()]],
    ['an id that is a path', () => [...content('../../etc/passwd', 'first'), ...honest()]],
    ['a row without its content', () => [...told].slice(1).flatMap(([id, text]) => content(id, text))],
    ['no contents at all', () => []],
    ['the same content twice', () => [...honest(), ...honest()]],
    ['contents in another order', () => [...told].reverse().flatMap(([id, text]) => content(id, text))],
    [
      'other bytes of the same size',
      () => [...told].flatMap(([id, text]) => content(id, text.toUpperCase(), text)),
    ],
    ['more bytes', () => [...told].flatMap(([id, text]) => content(id, `${text}!`, text))],
    ['fewer bytes', () => [...told].flatMap(([id, text]) => content(id, text.slice(1), text))],
    ['another size than the row says', () => [...told].flatMap(([id]) => content(id, 'other'))],
    ['contents that are cut off', () => honest().slice(0, -1)],
    ['what is no content', () => [Buffer.from('{"id": "1"}')]],
    ['a frame that is too large', () => [Buffer.from([0x42, 0xff, 0xff, 0xff, 0xff])]],
    ['an end without a beginning', () => [endFrame('whole'), ...honest()]],
  ])('is refused for %s', async (_, frames) => {
    const path = await forge(frames());
    await refused((slug) => importTenant(fleet, path, { slug }), { code: 'ARCHIVE_INVALID' });
  });
});

it.each(['schema', 'row', 'database'] as const)(
  'a store that fails in the middle leaves nothing of an import with isolation %s',
  async (isolation) => {
    const path = await archive();
    papers.failAfter = 1;
    await refused((slug) => importTenant(fleet, path, { slug, isolation }), { code: 'ENOSPC' });
    papers.failAfter = Number.POSITIVE_INFINITY;
  },
);

it('what an import cannot take back is removed by repair', async () => {
  const path = await archive();
  Object.assign(papers, { failAfter: 2, failRemove: true });
  const slug = newSlug();
  await expect(importTenant(fleet, path, { slug })).rejects.toThrow();
  const left = await fleet.tenants.find(slug);
  expect(left.status).toBe('deleting');
  expect(papers.of(left)).toHaveLength(2);
  Object.assign(papers, { failAfter: Number.POSITIVE_INFINITY, failRemove: false });
  await fleet.tenants.repair();
  expect(papers.of(left)).toEqual([]);
});

describe('a clone', () => {
  let shelf: Tenant;
  beforeAll(async () => {
    shelf = await fleet.tenants.create({ slug: 'shelf' });
    await deployment.query(fleet, shelf, 'insert into folders select generate_series(1, 20)');
    for (let folder = 1; folder <= 20; folder += 1) await papers.add(fleet, shelf, `in ${folder}`, folder);
  });

  it('has the contents of its rows, and of no others', async () => {
    const { tenant, contents } = await cloneTenant(fleet, shelf, {
      slug: newSlug(),
      sample: { tables: { folders: { rows: 6 } } },
    });
    const rows = await deployment.query(fleet, tenant, 'select id from papers order by id');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(20);
    expect(papers.of(tenant).map(([key]) => key)).toEqual(rows.map(({ id }) => `${tenant.id}/${id}`));
    expect(contents).toMatchObject([{ isIncluded: true, objects: rows.length, missing: 0 }]);
  });

  it('with masks has none, unless they are asked for; then they follow the masked keys', async () => {
    const masks = { papers: { id: mask.hash(), title: mask.fake('text'), sha256: mask.keep() } };
    const without = await cloneTenant(fleet, shelf, { slug: newSlug(), masks });
    expect(without.contents).toMatchObject([{ isIncluded: false }]);
    expect(papers.of(without.tenant)).toEqual([]);
    const { tenant } = await cloneTenant(fleet, shelf, { slug: newSlug(), masks }, { contents: true });
    const rows = await deployment.query(fleet, tenant, 'select id, sha256 from papers order by id');
    expect(papers.of(tenant).map(([key, bytes]) => [key, sha256(bytes)])).toEqual(
      rows.map((row) => [`${tenant.id}/${row['id']}`, row['sha256']]),
    );
  });
});

it('backups have contents: what has not changed is in the same file, and what was missing is looked for again', async () => {
  const backups = new TenantBackups(fleet, { storage: join(deployment.folder, 'backups') });
  const first = await backups.backup(acme);
  expect((await backups.backup(acme)).sha256).toEqual(first.sha256);
  expect((await backups.prove(first.id)).provenAt).not.toBeNull();
  const { tenant } = await backups.restore(first.id, { slug: newSlug() });
  expect(sorted(textsOf(tenant))).toEqual(sorted(TEXTS));

  const key = `${acme.id}/${ids[0]}`;
  const lost = papers.kept.get(key) as Buffer;
  papers.kept.delete(key);
  await papers.add(fleet, acme, 'another');
  const holed = await backups.backup(acme);
  papers.kept.set(key, lost);
  expect((await backups.backup(acme)).sha256).not.toEqual(holed.sha256);
});

it('backups leave contents out where that is asked for, for all of them or for one', async () => {
  const storage = join(deployment.folder, 'backups-without');
  const without = new TenantBackups(fleet, { storage, contents: false });
  const small = await without.backup(acme);
  const restored = await without.restore(small.id, { slug: newSlug() });
  expect(restored.contents).toMatchObject([{ name: 'papers', isIncluded: false }]);
  expect(textsOf(restored.tenant)).toEqual([]);
  expect((await without.prove(small.id)).provenAt).not.toBeNull();
  const whole = await without.backup(acme, { contents: true });
  expect(whole.sha256).not.toEqual(small.sha256);
  expect((await without.restore(whole.id, { slug: newSlug() })).contents).toMatchObject([
    { isIncluded: true },
  ]);
  expect((await without.backup(acme)).sha256).toEqual(small.sha256);
});

describe.each([
  ['schema', 'schema'],
  ['row', 'schema'],
  ['schema', 'database'],
  ['database', 'row'],
] as const)('from a tenant with isolation %s to one with isolation %s that is there', (one, other) => {
  let from: Tenant;
  let to: Tenant;
  beforeAll(async () => {
    from = await fleet.tenants.create({ slug: newSlug('from'), isolation: one });
    to = await fleet.tenants.create({ slug: newSlug('to'), isolation: other });
    for (const text of ['a', 'b']) await papers.add(fleet, from, text);
    await papers.add(fleet, to, 'own');
  });

  it('an import, a copy that fails, and a move take contents along, or nothing', async () => {
    const path = newPath();
    await exportTenant(fleet, from, createWriteStream(path));
    const target = await fleet.tenants.create({ slug: newSlug('into'), isolation: 'schema' });
    await papers.add(fleet, target, 'own');
    const into = await importInto(fleet, path, target.slug);
    expect(into.contents).toMatchObject([{ objects: 2, missing: 0 }]);
    expect(sorted(textsOf(target))).toEqual(['a', 'b', 'own']);
    // What is there already stays as it is, and is not written again.
    expect((await importInto(fleet, path, target.slug)).contents).toMatchObject([{ objects: 0 }]);

    papers.failAfter = 1;
    await expect(copyRows(fleet, from.slug, to.slug)).rejects.toMatchObject({ code: 'ENOSPC' });
    papers.failAfter = Number.POSITIVE_INFINITY;
    expect(textsOf(to)).toEqual(['own']);
    const without = { contents: false };
    const leftBehind = [{ name: 'papers', isIncluded: false, objects: 0, bytes: 0, missing: 0 }];
    const empty = await fleet.tenants.create({ slug: newSlug('into'), isolation: 'schema' });
    expect((await importInto(fleet, path, empty.slug, {}, without)).contents).toEqual(leftBehind);
    const copy = await fleet.tenants.create({ slug: newSlug('copy'), isolation: 'schema' });
    expect((await copyRows(fleet, from.slug, copy.slug, {}, without)).contents).toEqual(leftBehind);
    expect([textsOf(empty), textsOf(copy)]).toEqual([[], []]);

    const { contents } = await moveRows(fleet, from.slug, to.slug, {
      tables: ['papers'],
      withDependencies: false,
    });
    expect(contents).toMatchObject([{ objects: 2, missing: 0 }]);
    expect(sorted(textsOf(to))).toEqual(['a', 'b', 'own']);
    expect(textsOf(from)).toEqual([]);
  });
});
