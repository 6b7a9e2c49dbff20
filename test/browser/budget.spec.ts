/** @suite browser */
import { Catalog } from '@rowhouse/core';
import type { Page } from 'playwright-core';
import { AdminPages } from './admin-pages.fixture.js';

const TENANTS = 10_000;

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'pro', isolation: 'row' });
  // Entries of the catalog are enough for pages.
  const catalog = pages.app.app.get(Catalog);
  await catalog.query(
    `insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan)
     select gen_random_uuid(), 'shop-' || lpad(n::text, 5, '0'), 'Shop ' || n, 'archived', 'row', placement, plan
       from generate_series(1, ${TENANTS}) n, rowhouse.tenants where slug = 'acme'`,
  );
  // Each minute of the last hour, of acme and of all together.
  const others = ['3xx', '4xx', '5xx'].map((status) => `responses_${status}`);
  const meters = [
    ...others,
    'aborted',
    'failed_statements',
    'slow_statements',
    'pool_waits',
    'pool_wait_us',
    'pool_exhausted',
  ];
  await catalog.query(
    `insert into rowhouse.metric_minutes (tenant_id, time, latency, responses_2xx, request_us, statements, database_us, rows, ${meters.join(', ')})
     select t.id, date_trunc('minute', now()) - m * interval '1 minute', '{0,0,0,9,40}', 49, 90000, 200, 30000, 2000, ${meters.map(() => '0').join(', ')}
       from generate_series(0, 59) m,
            (select id from rowhouse.tenants where slug = 'acme' union all select 'ffffffff-ffff-ffff-ffff-ffffffffffff') t`,
  );
}, 120_000);
afterAll(() => pages?.close());

/** Packed bytes of the files that are named so, and how many of them were sent. */
const filesOf = (page: Page, suffix: string) =>
  page.evaluate((end) => {
    const entries = (
      performance.getEntriesByType('resource') as unknown as {
        name: string;
        encodedBodySize: number;
        transferSize: number;
      }[]
    ).filter(({ name }) => name.includes('/assets/') && name.endsWith(end));
    return {
      bytes: entries.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      count: entries.length,
      sent: entries.filter(({ transferSize }) => transferSize > 0).length,
    };
  }, suffix);

it('loads at most 250 KB of JavaScript and 45 KB of styles, packed, before the first rows', async () => {
  const { page } = await pages.visit('/tenants');
  await page.getByRole('link', { name: 'acme' }).waitFor();
  const scripts = await filesOf(page, '.js');
  const styles = await filesOf(page, '.css');
  await page.context().close();
  expect(scripts.count).toBeGreaterThan(1);
  expect(scripts.bytes).toBeLessThanOrEqual(250_000);
  expect(styles.count).toBeGreaterThan(0);
  expect(styles.bytes).toBeLessThanOrEqual(45_000);
});

it('fetches no file again at the second visit', async () => {
  const first = await pages.visit('/tenants');
  await first.page.getByRole('link', { name: 'acme' }).waitFor();
  expect((await filesOf(first.page, '')).sent).toBeGreaterThan(1);
  await first.page.goto(`${pages.app.url}/ui/tenants?search=acme`);
  await first.page.getByRole('link', { name: 'acme' }).waitFor();
  const again = await filesOf(first.page, '');
  await first.page.context().close();
  expect(again.count).toBeGreaterThan(1);
  expect(again.sent).toBe(0);
});

it('has as many nodes for ten thousand tenants as for a screen of them', async () => {
  const { page } = await pages.visit('/tenants');
  await page.getByRole('link', { name: 'acme' }).waitFor();
  const rowsIn = () => page.locator('[data-row]').count();
  const atFirst = await rowsIn();
  const lastRow = async () => Number(await page.locator('[data-row]').last().getAttribute('data-row'));
  while ((await lastRow()) < 500) await page.mouse.wheel(0, 4_000);
  const nodes = await page.evaluate("document.querySelectorAll('*').length");
  // In the middle there are some out of sight on both sides.
  expect(await rowsIn()).toBeLessThanOrEqual(atFirst + 20);
  expect(nodes).toBeLessThan(1_500);
  await page.context().close();
});

/** Questions to the API for a page that somebody opens, those of the frame around it included. */
const QUESTIONS = [
  ['', 'Fleet', 7],
  ['/tenants', 'Tenants', 3],
  ['/tenants/acme', 'Acme Ltd', 5],
  ['/tenants/acme/limits', 'Acme Ltd', 5],
  ['/create', 'Create tenant', 3],
  ['/migrations', 'Migrations', 4],
  ['/operations', 'Operations', 3],
  ['/backups', 'Backups', 5],
  ['/jobs', 'Jobs', 5],
  ['/audit', 'Audit', 3],
] as const;

it.each(QUESTIONS)('the page "%s" stands still, and asks the API little', async (path, title, most) => {
  const { page } = await pages.visit('', { role: 'nobody' });
  // What the sign-in asks for is no question of the page's.
  await page.waitForLoadState('networkidle');
  await page.context().addInitScript(`
    sessionStorage['rowhouse.token'] = 'owner';
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries())
        if (!hadRecentInput) shifts.push({ value, of: sources.map(({ node }) => node?.outerHTML?.slice(0, 120)) });
    }).observe({ type: 'layout-shift', buffered: true });`);
  const asked = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/admin/')) asked.add(`${request.method()} ${pathname}`);
  });
  await page.goto(`${pages.app.url}/ui${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  const shifts = (await page.evaluate('shifts')) as { value: number }[];
  await page.context().close();
  expect([asked.size <= most, asked]).toEqual([true, asked]);
  expect([shifts.reduce((sum, { value }) => sum + value, 0) < 0.1, shifts]).toEqual([true, shifts]);
});
