import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { contentOf, fill, PAIRS, shopOf } from '../between/between.fixture.js';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { importInto } from './import-into.js';

let source: TransferDeployment;
let target: TransferDeployment;
let there: Fleet;
let here: Fleet;
beforeAll(async () => {
  [source, target] = [await TransferDeployment.open(), await TransferDeployment.open()];
  [there, here] = [await source.fleet([shopOf(source)]), await target.fleet([shopOf(target)])];
});
afterAll(async () => {
  await source.close();
  await target.close();
});

let serial = 0;
async function tenants(from: Tenant['isolation'], to: Tenant['isolation']) {
  serial += 1;
  const acme = await there.tenants.create({ slug: `from-${serial}`, isolation: from });
  await source.asOwner(
    there,
    acme,
    'alter sequence customers_id_seq restart; alter sequence "Weird Orders_id_seq" restart',
  );
  await fill(source, there, acme);
  const globex = await here.tenants.create({ slug: `to-${serial}`, isolation: to });
  return { acme, globex, path: await source.archive(there, acme) };
}
const content = (tenant: Tenant) => contentOf(target, here, tenant);

describe.each(PAIRS)('an archive of isolation %s, into isolation %s', (from, to) => {
  it('brings its rows beside those that are there, as the conflicts say', async () => {
    const { acme, globex, path } = await tenants(from, to);
    await target.query(here, globex, "insert into customers (id, email) values (2, 'other')");
    const before = await content(globex);
    await expect(importInto(here, path, globex.slug)).rejects.toMatchObject({ code: 'TRANSFER_CONFLICT' });
    expect(await content(globex)).toEqual(before);
    const plan = await importInto(here, path, globex.slug, { dryRun: true });
    expect(plan.tables.map(({ name, conflicts }) => [name, conflicts])).toContainEqual(['customers', 1]);
    expect(await content(globex)).toEqual(before);

    expect(await importInto(here, path, globex.slug, { onConflict: 'skip' })).toMatchObject({ rows: 11 });
    expect((await content(globex))['customers']).toContainEqual({ id: 2, email: 'other', mood: null });
    const tables = ['lines'];
    expect(await importInto(here, path, globex.slug, { onConflict: 'overwrite', tables })).toMatchObject({
      rows: 1,
    });
    expect(await content(globex)).toEqual(await contentOf(source, there, acme));

    await target.query(here, globex, 'update customers set email = email || $$2$$');
    const remapped = await importInto(here, path, globex.slug, { onConflict: 'remap', tables });
    expect(remapped.tables.map(({ written }) => written)).toEqual([3, 3, 3]);
    expect((await content(globex))['lines']).toHaveLength(6);
  });
});

it('is brought forward where the tenant has had more migrations, and leaves nothing else behind', async () => {
  const newer = await target.fleet([
    shopOf(target),
    migration('Shout1757000000002', ['update customers set email = upper(email)']),
  ]);
  const { globex, path } = await tenants('schema', 'schema');
  await newer.tenants.create({ slug: 'forward' });
  const seen: unknown[] = [];
  const see = async () => {
    const { rows } = await target.catalog.query(
      `select distinct status from rowhouse.tenants where slug like 'import-%'`,
    );
    seen.push(...rows);
  };
  const onProgress = () => void pending.push(see());
  const pending: Promise<void>[] = [];
  const report = await importInto(newer, path, 'forward', {}, { onProgress });
  await Promise.all(pending);
  expect(seen).toContainEqual({ status: 'provisioning' });
  expect(seen).not.toContainEqual({ status: 'active' });
  const { rowCount } = await target.catalog.query(
    "select from rowhouse.tenant_events where tenant ->> 'slug' like 'import-%' and type = 'created'",
  );
  expect(rowCount).toBe(0);
  expect(report.rows).toBe(12);
  const forward = await newer.tenants.find('forward');
  expect((await contentOf(target, newer, forward))['customers']?.[0]).toMatchObject({ email: 'ADA' });
  const { tenants: left } = await newer.tenants.list();
  expect(left.map(({ slug }) => slug).filter((slug) => slug.startsWith('import-'))).toEqual([]);

  const archive = await target.archive(newer, forward);
  await expect(importInto(newer, archive, globex.slug)).rejects.toMatchObject({
    code: 'IMPORT_REFUSED',
    message: expect.stringContaining('Migrate the tenant first'),
  });
  await expect(importInto(here, archive, globex.slug)).rejects.toMatchObject({ code: 'IMPORT_REFUSED' });
});
