import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { TransferDeployment } from '../transfer.fixture.js';
import { contentOf, EMPTY, fill, ISOLATIONS, PAIRS, shopOf } from './between.fixture.js';
import { copyRows, moveRows } from './copy-and-move.js';

let deployment: TransferDeployment;
let fleet: Fleet;
let third: Tenant[];
let thirds: unknown;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([shopOf(deployment)]);
  third = [];
  for (const isolation of ISOLATIONS) {
    third.push(await fleet.tenants.create({ slug: `third-${isolation}`, isolation }));
    await fill(deployment, fleet, third.at(-1) as Tenant).catch((error) => {
      throw new Error(`${isolation}: ${error}`);
    });
  }
  thirds = await contentOfThirds();
});
afterAll(() => deployment.close());

let serial = 0;
async function tenants(from: Tenant['isolation'], to: Tenant['isolation']): Promise<[Tenant, Tenant]> {
  serial += 1;
  return [
    await fleet.tenants.create({ slug: `from-${serial}`, isolation: from }),
    await fleet.tenants.create({ slug: `to-${serial}`, isolation: to }),
  ];
}
const content = (tenant: Tenant) => contentOf(deployment, fleet, tenant);
const query = (tenant: Tenant, text: string) => deployment.query(fleet, tenant, text);
async function contentOfThirds() {
  return Promise.all(third.map(content));
}
/** Sequences are shared by row tenants: ids begin where they stand. */
async function filled(tenant: Tenant) {
  for (const text of [
    `insert into customers (id, email, mood) values (1, 'ada', 'good'), (2, 'bob', null), (3, E'tab\\t', 'bad')`,
    `insert into "Weird Orders" (id, customer_id, "parent Id", total) overriding system value values (1, 1, null, 1.5), (2, 1, 1, 2), (3, null, 2, null)`,
    `insert into lines (order_id, "no", moods) values (1, 1, '{good,bad}'), (1, 2, null), (2, 1, '{}')`,
    `insert into log values ('one'), ('one'), (null)`,
  ])
    await query(tenant, text);
}

describe.each(PAIRS)('from isolation %s to isolation %s', (from, to) => {
  afterEach(async () => expect(await contentOfThirds()).toEqual(thirds));

  it('a copy has every row, and a second one finds them there', async () => {
    const [acme, globex] = await tenants(from, to);
    await filled(acme);
    const tables = ['lines', 'customers'];
    const report = await copyRows(fleet, acme.slug, globex.slug, { tables });
    expect(report.rows).toBe(9);
    const { log: _, ...rest } = await content(acme);
    expect(await content(globex)).toEqual({ ...rest, log: [] });
    const again = await copyRows(fleet, acme.slug, globex.slug, { tables });
    expect(again).toMatchObject({ rows: 0 });
    expect(again.tables.reduce((sum, { same }) => sum + same, 0)).toBe(9);
    const owners = await query(globex, 'select distinct tenant_id from customers');
    expect(owners).toEqual([{ tenant_id: globex.id }]);
    const [next] = await query(globex, "insert into customers (email) values ('new') returning id::int");
    expect(next?.['id']).toBeGreaterThan(3);
  });

  it('a move leaves nothing at the source', async () => {
    const [acme, globex] = await tenants(from, to);
    await filled(acme);
    await query(acme, 'delete from log');
    const before = await content(acme);
    const isAcross = from === 'database' || to === 'database';
    if (isAcross) {
      await expect(moveRows(fleet, acme.slug, globex.slug)).rejects.toMatchObject({
        code: 'TRANSFER_REFUSED',
      });
      expect(await content(acme)).toEqual(before);
    }
    const options = isAcross ? { tables: ['customers', 'Weird Orders', 'lines'] } : {};
    const report = await moveRows(fleet, acme.slug, globex.slug, options);
    expect(report.rows).toBe(9);
    expect(await content(globex)).toEqual(before);
    expect(await content(acme)).toEqual(EMPTY);
  });

  it('conflicts fail, are skipped, or are written over', async () => {
    const [acme, globex] = await tenants(from, to);
    await filled(acme);
    await query(globex, "insert into customers (id, email) values (1, 'other'), (9, 'nine')");
    const before = await content(globex);
    await expect(copyRows(fleet, acme.slug, globex.slug)).rejects.toMatchObject({
      code: 'TRANSFER_CONFLICT',
      message: expect.stringContaining('customers (id): 1'),
    });
    expect(await content(globex)).toEqual(before);
    const plan = await copyRows(fleet, acme.slug, globex.slug, { dryRun: true });
    expect(plan.tables).toContainEqual(
      expect.objectContaining({ name: 'customers', conflicts: 1, written: 2 }),
    );
    expect(await content(globex)).toEqual(before);

    const tables = ['customers'];
    expect(await copyRows(fleet, acme.slug, globex.slug, { tables, onConflict: 'skip' })).toMatchObject({
      tables: [{ written: 2, skipped: 1 }],
    });
    expect((await content(globex))['customers']?.[0]).toMatchObject({ email: 'other' });
    expect(await copyRows(fleet, acme.slug, globex.slug, { tables, onConflict: 'overwrite' })).toMatchObject({
      tables: [{ written: 0, same: 2, overwritten: 1 }],
    });
    expect((await content(globex))['customers']).toEqual([
      ...((await content(acme))['customers'] ?? []),
      { id: 9, email: 'nine', mood: null },
    ]);
    await query(acme, "insert into customers (id, email) values (20, 'nine')");
    await expect(
      copyRows(fleet, acme.slug, globex.slug, { tables, onConflict: 'overwrite' }),
    ).rejects.toMatchObject({
      code: 'TRANSFER_CONFLICT',
      message: expect.stringContaining('customers (email): 1'),
    });
  });

  it('a move leaves what was skipped, and removes nothing that stays with it', async () => {
    const [acme, globex] = await tenants(from, to);
    await filled(acme);
    await query(globex, "insert into customers (id, email) values (2, 'other')");
    const before = await content(acme);
    await expect(
      moveRows(fleet, acme.slug, globex.slug, { tables: ['customers'], onConflict: 'skip' }),
    ).rejects.toMatchObject({ code: 'TRANSFER_REFUSED', message: expect.stringContaining('Weird Orders') });
    expect(await content(acme)).toEqual(before);
    await moveRows(fleet, acme.slug, globex.slug, {
      tables: ['customers', 'Weird Orders', 'lines'],
      onConflict: 'skip',
    });
    expect(await content(acme)).toEqual({
      ...EMPTY,
      customers: [{ id: 2, email: 'bob', mood: null }],
      log: before['log'],
    });
    expect(await content(globex)).toMatchObject({ orders: before['orders'], lines: before['lines'] });
  });

  if (from !== 'database' && to !== 'database') {
    it('a move with new keys merges two tenants', async () => {
      const [acme, globex] = await tenants(from, to);
      await filled(acme);
      await filled(globex);
      await query(globex, 'update customers set email = email || $$2$$');
      const [one, other] = [await content(acme), await content(globex)];
      const report = await moveRows(fleet, acme.slug, globex.slug, { onConflict: 'remap' });
      expect(report.rows).toBe(12);
      expect(await content(acme)).toEqual(EMPTY);
      const all = await content(globex);
      expect(all['customers']).toHaveLength(6);
      expect(all['customers']).toEqual(expect.arrayContaining(other['customers'] ?? []));
      expect(all['orders']).toEqual(expect.arrayContaining(other['orders'] ?? []));
      const joined = await query(
        globex,
        `select c.email, o.total::text, p.total::text as parent, l."no" from "Weird Orders" o
           left join customers c on c.id = o.customer_id left join "Weird Orders" p on p.id = o."parent Id"
           left join lines l on l.order_id = o.id where o.id > 3 order by o.id, l."no"`,
      );
      expect(joined).toEqual([
        { email: 'ada', total: '1.50', parent: null, no: 1 },
        { email: 'ada', total: '1.50', parent: null, no: 2 },
        { email: 'ada', total: '2.00', parent: '1.50', no: 1 },
        { email: null, total: null, parent: '2.00', no: null },
      ]);
      expect(one['orders']).toHaveLength(3);
    });
  }
});
