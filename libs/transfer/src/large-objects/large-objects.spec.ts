import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { verifyArchive } from '../archive/read-archive.js';
import { TenantBackups } from '../backups/tenant-backups.js';
import { cloneTenant } from '../clone/clone-tenant.js';
import { defineMasks, mask } from '../clone/masks/mask-rules.js';
import { copyRowsOf } from '../copy/copy-rows.js';
import { exportTenant } from '../export/export-tenant.js';
import { importTenant } from '../import/import-tenant.js';
import { withRowsOf } from '../source/tenant-source.js';
import { TransferDeployment } from '../transfer.fixture.js';
import { BIG, FILES, fillFiles } from './large-objects.fixture.js';
import { OBJECT_CHUNK_BYTES } from './tenant-objects.js';

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([FILES]);
});
afterAll(() => deployment.close());

let serial = 0;
async function tenantOf(isolation: TenantIsolation): Promise<Tenant> {
  serial += 1;
  return fleet.tenants.create({ slug: `files-${serial}`, isolation });
}

const fill = (tenant: Tenant) => fillFiles(deployment, fleet, tenant);

const content = (tenant: Tenant) =>
  deployment.query(
    fleet,
    tenant,
    `select id, relation::int8::int, case when body = 0 then 'none' else convert_from(lo_get(body), 'UTF8') end as body,
            case when "Odd Name" = 0 then 'none' else length(lo_get("Odd Name")) || right(convert_from(lo_get("Odd Name"), 'UTF8'), 1) end as odd
       from files order by id`,
  );

const CONTENT = [
  { id: 1, relation: 12345, body: 'one', odd: null },
  { id: 2, relation: 1, body: 'one', odd: '0' },
  { id: 3, relation: null, body: null, odd: `${BIG}e` },
  { id: 4, relation: 1, body: 'none', odd: 'none' },
];

/** How many objects a tenant's role owns, and how many rows of it name. */
async function objectsOf(tenant: Tenant) {
  const [row] = await deployment.query(
    fleet,
    tenant,
    `select (select count(*)::int from pg_largeobject_metadata where lomowner = current_user::regrole) as owned,
            (select count(distinct n)::int from (select body::oid as n from files union select "Odd Name" from files) f where n > 0) as named`,
  );
  return row;
}

const OWN: readonly TenantIsolation[] = ['schema', 'database'];

describe.each(OWN)('from isolation %s', (from) => {
  it.each(OWN)(
    'to isolation %s large objects come with the rows, as objects of the new tenant',
    async (to) => {
      const acme = await tenantOf(from);
      await fill(acme);
      const path = join(deployment.folder, `${acme.slug}.tar.gz`);
      const report = await exportTenant(fleet, acme, createWriteStream(path));
      expect(report).toMatchObject({ rows: 4, largeObjects: 3, largeObjectsLeftOut: 0 });
      const before = await deployment.query(fleet, acme, 'select * from files order by id');
      const { tenant } = await importTenant(fleet, path, { slug: `${acme.slug}-copy`, isolation: to });
      expect(await content(tenant)).toEqual(CONTENT);
      expect(await objectsOf(tenant)).toEqual({ owned: 3, named: 3 });
      expect(await deployment.query(fleet, acme, 'select * from files order by id')).toEqual(before);
      // Each has its own: what one does to them the other does not see.
      await deployment.query(fleet, tenant, 'select lo_unlink(body) from files where id = 1');
      const [sum, other] = [await sumsOf(acme), await sumsOf(tenant)];
      expect(other).not.toEqual(sum);
      await deployment.query(fleet, acme, "select lo_put(body, 0, 'O') from files where id = 1");
      expect(await sumsOf(acme)).not.toEqual(sum);
    },
  );

  it('the checksums of rows are those of what the objects hold', async () => {
    const acme = await tenantOf(from);
    await fill(acme);
    const clone = await cloneTenant(fleet, acme, { slug: `${acme.slug}-clone` });
    expect(await sumsOf(clone.tenant)).toEqual(await sumsOf(acme));
  });

  it('is refused where the target has isolation row, and nothing is left', async () => {
    const acme = await tenantOf(from);
    await fill(acme);
    const path = await deployment.archive(fleet, acme);
    await expect(importTenant(fleet, path, { slug: 'never', isolation: 'row' })).rejects.toMatchObject({
      code: 'IMPORT_REFUSED',
      message: expect.stringContaining('isolation row'),
    });
    await expect(fleet.tenants.find('never')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });
});

const sumsOf = (tenant: Tenant) => withRowsOf(fleet, tenant, undefined, (source) => source.sums());

it('an object of 100 MB passes in pieces of 256 KiB, and parts with one each', async () => {
  const size = 100 * 1_024 * 1_024;
  const acme = await tenantOf('schema');
  await deployment.query(
    fleet,
    acme,
    `insert into files values (1, lo_from_bytea(0, convert_to(repeat('0123456789abcdef', ${size / 16}), 'UTF8')))`,
  );
  const pieces = await withRowsOf(fleet, acme, undefined, async (source) => {
    const found: number[] = [];
    for await (const [, position, content] of copyRowsOf(source.largeObjects(await source.namedObjects()))) {
      expect(Number(position)).toBe(found.length * OBJECT_CHUNK_BYTES);
      found.push(((content?.length ?? 0) - 2) / 2);
    }
    return found;
  });
  expect(pieces).toEqual(Array.from({ length: 400 }, () => OBJECT_CHUNK_BYTES));
  const path = await deployment.archive(fleet, acme);
  const { end } = await verifyArchive(path);
  // Parts end with a row. Two of them would be more than a part: twice the bytes, as hexadecimal, and two numbers.
  expect(end.largeObjects?.count).toBe(1);
  expect(end.largeObjects?.parts).toHaveLength(400);
  const { tenant } = await importTenant(fleet, path, { slug: 'hundred' });
  expect(await sumsOf(tenant)).toEqual(await sumsOf(acme));
});

it('many objects come in their order, and none that no row names', async () => {
  const acme = await tenantOf('schema');
  await deployment.query(
    fleet,
    acme,
    "insert into files select n, lo_from_bytea(0, convert_to(n::text, 'UTF8')) from generate_series(1, 2500) n",
  );
  await deployment.query(fleet, acme, 'select lo_create(0) from generate_series(1, 5)');
  const path = join(deployment.folder, 'many.tar.gz');
  const report = await exportTenant(fleet, acme, createWriteStream(path));
  expect(report).toMatchObject({ largeObjects: 2_500, largeObjectsLeftOut: 5 });
  const { tenant } = await importTenant(fleet, path, { slug: 'many', isolation: 'database' });
  expect(
    await deployment.query(
      fleet,
      tenant,
      "select count(*)::int as wrong from files where convert_from(lo_get(body), 'UTF8') <> id::text",
    ),
  ).toEqual([{ wrong: 0 }]);
  expect(await objectsOf(tenant)).toEqual({ owned: 2_500, named: 2_500 });
});

describe('a clone', () => {
  it('with masks needs a rule for columns with large objects, and makes those only that its rows name', async () => {
    const acme = await tenantOf('schema');
    await fill(acme);
    await expect(
      cloneTenant(fleet, acme, { slug: 'bare', masks: defineMasks({ files: { body: mask.null() } }) }),
    ).rejects.toMatchObject({ code: 'MASKS_INCOMPLETE', columns: ['files.Odd Name'] });
    const masks = defineMasks({ files: { body: mask.null(), 'Odd Name': mask.keep() } });
    const { tenant } = await cloneTenant(fleet, acme, { slug: 'masked', masks });
    expect((await content(tenant)).map(({ body, odd }) => [body, odd])).toEqual([
      [null, null],
      [null, '0'],
      [null, `${BIG}e`],
      [null, 'none'],
    ]);
    expect(await objectsOf(tenant)).toEqual({ owned: 2, named: 2 });
  });

  it('of a sample has the objects of its rows', async () => {
    const acme = await tenantOf('database');
    await deployment.query(
      fleet,
      acme,
      "insert into files select n, lo_from_bytea(0, convert_to(n::text, 'UTF8')) from generate_series(1, 200) n",
    );
    const { tenant, rows } = await cloneTenant(fleet, acme, {
      slug: 'sampled',
      isolation: 'schema',
      sample: { share: 0.2 },
    });
    expect(rows).toBeLessThan(200);
    expect(await objectsOf(tenant)).toEqual({ owned: rows, named: rows });
  });

  it('names no object that a mask makes up', async () => {
    const [acme, globex] = [await tenantOf('schema'), await tenantOf('schema')];
    await fill(acme);
    const [secret] = await deployment.query(
      fleet,
      globex,
      "select lo_from_bytea(0, 'secret')::text as number",
    );
    const masks = defineMasks({
      files: { body: mask.with(() => String(secret?.['number'])), 'Odd Name': mask.null() },
    });
    await expect(cloneTenant(fleet, acme, { slug: 'made-up', masks })).rejects.toThrow(
      'The rows name 1 large objects, and 0 of them came.',
    );
  });
});

it.each(OWN)(
  'backups of isolation %s have large objects, are proven, and see when one changes',
  async (isolation) => {
    const acme = await tenantOf(isolation);
    await fill(acme);
    const backups = new TenantBackups(fleet, { storage: join(deployment.folder, acme.slug) });
    const [first, same] = [await backups.backup(acme), await backups.backup(acme)];
    expect(same.sha256).toBe(first.sha256);
    await deployment.query(fleet, acme, "select lo_put(body, 0, 'O') from files where id = 1");
    const changed = await backups.backup(acme);
    expect(changed.sha256).not.toBe(first.sha256);
    expect(await backups.prove(changed.id)).toMatchObject({ error: null, provenAt: expect.any(Date) });
    const { tenant } = await backups.restore(first.id, { slug: `${acme.slug}-before` });
    expect(await content(tenant)).toEqual(CONTENT);
  },
);

it('a failure leaves no objects behind', async () => {
  const acme = await tenantOf('schema');
  await fill(acme);
  const path = await deployment.archive(fleet, acme);
  const count = async () =>
    (await deployment.catalog.query('select count(*)::int as n from pg_largeobject_metadata')).rows;
  const before = await count();
  const stop = new AbortController();
  const failed = importTenant(
    fleet,
    path,
    { slug: 'stopped' },
    {
      signal: stop.signal,
      onProgress: ({ table }) => {
        if (table === 'checking') stop.abort(new Error('stop'));
      },
    },
  );
  await expect(failed).rejects.toThrow();
  expect(await count()).toEqual(before);
});

it('a purge removes the objects of the tenant, and no others', async () => {
  const [acme, globex] = [await tenantOf('schema'), await tenantOf('schema')];
  await fill(globex);
  await deployment.query(fleet, acme, 'select lo_create(0) from generate_series(1, 1500)');
  await fleet.tenants.delete(acme.slug, { retentionDays: 0 });
  await fleet.tenants.purge(acme.slug, { confirm: acme.slug });
  expect(await objectsOf(globex)).toMatchObject({ owned: 3 });
  const { rows } = await deployment.catalog.query(
    `select count(*)::int as n from pg_largeobject_metadata m where not exists (select from pg_roles r where r.oid = m.lomowner)`,
  );
  expect(rows).toEqual([{ n: 0 }]);
});
