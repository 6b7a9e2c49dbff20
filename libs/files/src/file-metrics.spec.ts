import { MetricsCollection, TenancyMetricsModule, TenantMetrics } from '@rowhouse/metrics';
import { until } from '../../../test/support/until.js';
import { ANYBODY, type FilesApp, FilesClient, FilesDeployment, ISOLATIONS } from './files.fixture.js';

let open: FilesDeployment;
let app: FilesApp;
beforeAll(async () => {
  open = await FilesDeployment.open();
  app = await open.app({ imports: [TenancyMetricsModule.forRoot({ path: 'admin', auth: ANYBODY })] });
});
afterAll(() => open.close());

const metrics = () => app.app.get(TenantMetrics);
const filesOf = async (slug: string) => (await metrics().of(open.tenant(slug))).files;

/** The upkeep measures when it is time to, and not while its own timer is at it. */
async function measured(isThere: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    for (const table of ['storage', 'files'])
      await open.catalog.query(`update rowhouse.metric_${table} set measured_at = now() - interval '1 hour'`);
    await app.app.get(MetricsCollection).upkeep();
    return isThere();
  });
}

it('counts the files of tenants in all isolations, without those that were rejected', async () => {
  for (const isolation of ISOLATIONS) {
    const client = new FilesClient(app.url, `${isolation}-one`);
    await client.put('twelve bytes');
    await client.put('three');
    const { id } = await client.put('deleted, and still there');
    await client.call('DELETE', `/${id}`);
    await client.put('no picture', { contentType: 'image/png' });
  }
  const bytes = 'twelve bytes'.length + 'three'.length + 'deleted, and still there'.length;
  await measured(async () => (await metrics().fleet()).files?.count === 9);
  for (const isolation of ISOLATIONS) {
    expect(await filesOf(`${isolation}-one`)).toEqual({ count: 3, bytes, measuredAt: expect.any(Date) });
    expect(await filesOf(`${isolation}-two`)).toEqual({ count: 0, bytes: 0, measuredAt: expect.any(Date) });
  }
  expect((await metrics().fleet()).files).toMatchObject({ count: 9, bytes: 3 * bytes });
  for (const [by, value] of [
    ['files', 3],
    ['fileBytes', bytes],
  ] as const) {
    const top = await metrics().top(by);
    expect(top.map(({ slug }) => slug).sort()).toEqual(ISOLATIONS.map((each) => `${each}-one`).sort());
    for (const one of top) expect(one).toMatchObject({ value, share: 1 / 3 });
  }
  const answer = await fetch(`${app.url}/admin/metrics/schema-one`);
  expect(await answer.json()).toMatchObject({ files: { count: 3, bytes } });
  await app.app.get(MetricsCollection).flush();
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}\\{tenant="[^"]+"\\} (\\d+)$`, 'gm'))].reduce(
      (all, [, each]) => all + Number(each),
      0,
    );
  expect([sum('rowhouse_files'), sum('rowhouse_file_bytes')]).toEqual([9, 3 * bytes]);
});

it("leaves a table of that name alone that is the app's own", async () => {
  const table = `"${open.tenant('schema-two').schema}".tenant_files`;
  await open.catalog.query(`alter table ${table} rename column upload_expires_at to until`);
  await open.catalog.query('delete from rowhouse.metric_files');
  await measured(async () => (await metrics().fleet()).files?.count === 9);
  expect(await filesOf('schema-two')).toBeNull();
  await open.catalog.query(`alter table ${table} rename column until to upload_expires_at`);
});
