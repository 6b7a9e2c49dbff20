import { randomUUID } from 'node:crypto';
import { Catalog } from '@rowhouse/core';
import { AdminDeployment } from '../admin-app.fixture.js';

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;
const purged: string = randomUUID();

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start();
  await app.ended(await app.call('POST', 'tenants', { role: 'operator', body: { slug: 'acme' } }));
  // As instances of the application have counted them, long ago.
  await app.app.get(Catalog).query(
    `with begun as (select rowhouse.begin_usage('2025-10-01T00:00:00Z'))
     insert into rowhouse.usage_counts (tenant_id, meter, hour, quantity)
       select id, 'emails', hour::timestamptz, 1500
         from begun, (select id from rowhouse.tenants union all select '${purged}') t,
           unnest(array['2025-10-01T00:00:00Z', '2025-10-31T23:00:00Z']) as hour`,
  );
  await app.app.get(Catalog).query("select rowhouse.record_usage('2025-11-02', 100)");
});
afterAll(() => deployment.close());

describe('usage over HTTP', () => {
  it('lists records in pages, by tenant and meter', async () => {
    const first = await app.call('GET', 'usage?limit=3');
    expect(first).toMatchObject({ status: 200, body: { items: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] } });
    const rest = await app.call('GET', `usage?limit=3&cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ seq: 4 }], next: null });
    const { body } = await app.call('GET', 'usage?tenant=acme&meter=emails&from=2025-10-02');
    expect(body.items).toMatchObject([
      { tenantSlug: 'acme', hour: '2025-10-31T23:00:00.000Z', quantity: '1500', month: '2025-10' },
    ]);
    // A purged tenant by its id.
    expect((await app.call('GET', `usage?tenant=${purged}`)).body.items).toHaveLength(2);
    expect((await app.call('GET', 'usage?tenant=nobody')).status).toBe(404);
    for (const query of ['month=October', 'meter=%3D1', 'from=yesterday', 'tenant=%00', 'limit=0', 'other=1'])
      expect([query, (await app.call('GET', `usage?${query}`)).status]).toEqual([query, 400]);
  });

  it('streams CloudEvents and CSV', async () => {
    const events = await app.call('GET', 'usage/export?tenant=acme');
    expect(events.headers.get('content-type')).toBe('application/x-ndjson');
    const csv = await app.call('GET', 'usage/export?format=csv&tenant=acme');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"');
    expect((await app.call('GET', 'usage/export?format=xml')).status).toBe(400);
  });

  it('adds up a month, over all and by tenant', async () => {
    const { body: months } = await app.call('GET', 'usage/months', { role: 'viewer' });
    expect(months.items.at(-1)).toEqual({
      month: '2025-10',
      isClosed: false,
      closableFrom: '2025-11-01T02:00:00.000Z',
    });
    const { body: sums } = await app.call('GET', 'usage/sums?month=2025-10', { role: 'viewer' });
    expect(sums.items).toMatchObject([{ meter: 'emails', quantity: '6000', tenants: 2 }]);
    const first = await app.call('GET', 'usage/totals?month=2025-10&limit=1', { role: 'viewer' });
    expect(first.body.items).toMatchObject([{ tenantId: purged, tenantSlug: null }]);
    const rest = await app.call('GET', `usage/totals?month=2025-10&limit=1&cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({
      items: [{ tenantSlug: 'acme', meters: [{ meter: 'emails', quantity: '3000' }] }],
      next: null,
    });
    expect((await app.call('GET', 'usage/totals?month=2025-10&tenant=acme')).body.items).toHaveLength(1);
    expect((await app.call('GET', 'usage/totals?month=2025-10&tenant=nobody')).status).toBe(404);
    expect((await app.call('GET', 'usage/sums')).body).toEqual({ items: [] });
    expect((await app.call('GET', 'usage?late=true')).body.items).toEqual([]);
    for (const path of ['usage/sums?month=now', 'usage/totals?month=2025-13', 'usage?late=perhaps'])
      expect([path, (await app.call('GET', path)).status]).toEqual([path, 400]);
  });

  it('closes a month once, for those who may', async () => {
    const body = { month: '2025-10' };
    expect((await app.call('POST', 'usage/closes', { role: 'viewer', body })).status).toBe(403);
    const closed = await Promise.all(
      [1, 2, 3].map(() => app.call('POST', 'usage/closes', { role: 'operator', body })),
    );
    for (const one of closed) expect(one).toMatchObject({ status: 200, body: { ...body, totals: 2 } });
    expect(new Set(closed.map((one) => one.body.hash)).size).toBe(1);
    expect((await app.call('GET', 'usage/closes/2025-10')).body).toEqual({
      ...closed[0]?.body,
      isIntact: true,
    });
    expect((await app.call('GET', 'usage/closes')).body.items).toEqual([closed[0]?.body]);
    const { body: trail } = await app.call('GET', 'audit?action=usage.');
    expect(trail.items).toMatchObject([
      { action: 'usage.closed', target: '2025-10', actor: { type: 'operator' } },
    ]);
    const later = await app.call('POST', 'usage/closes', { role: 'operator', body: { month: '2099-01' } });
    expect(later).toMatchObject({ status: 409, body: { code: 'USAGE_CLOSE_CONFLICT' } });
    for (const month of ['2025-13', '2025-1', '', null])
      expect((await app.call('POST', 'usage/closes', { role: 'operator', body: { month } })).status).toBe(
        400,
      );
    for (const path of ['usage/closes/2025-11', 'usage/closes/now', 'usage/closes/now/export'])
      expect((await app.call('GET', path)).status).toBe(404);
  });
});
