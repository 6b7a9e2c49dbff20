/** @suite browser */
import { Controller, Get, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { until } from '../support/until.js';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

@Controller('products')
class ProductsController {
  constructor(private readonly source: DataSource) {}

  @Get()
  list(): Promise<object[]> {
    return this.source.query('select name from products');
  }

  @Post()
  add(): Promise<object[]> {
    return this.source.query("insert into products (name) values ('new') returning name");
  }
}

const REASON = 'Ticket 4711: totals are wrong';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open({ breakGlass: true, controllers: [ProductsController] });
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd' });
  await pages.tenant({ slug: 'archived' });
  await pages.app.call('POST', 'tenants/archived/archive');
}, 120_000);
afterEach(async () => {
  expect(await pages.closeVisits()).toEqual([]);
  const { items } = (await pages.app.call('GET', 'tenants/acme/entries?state=active')).body;
  for (const { id } of items) await pages.app.call('DELETE', `tenants/acme/entries/${id}`);
});
afterAll(() => pages?.close());

async function visit(...[path, options]: Parameters<AdminPages['visit']>) {
  const one = await pages.visit(path, options);
  return one.page;
}

/** What the app answers to somebody with an entry. */
async function statusWith(header: string, method = 'GET'): Promise<number> {
  const [name = '', value = ''] = header.split(': ');
  return (await fetch(`${pages.app.url}/products`, { method, headers: { [name]: value } })).status;
}

it('enters a tenant to read, shows it over every page, and leaves it', async () => {
  const page = await visit('/tenants/acme/entries', { role: 'operator' });
  const enter = page.getByRole('button', { name: 'Enter acme' });
  await page.getByLabel('Reason').fill('short');
  expect(await enter.isDisabled()).toBe(true);
  expect(await page.getByLabel('May write').count()).toBe(0);
  await page.getByLabel('Reason').fill(REASON);
  await enter.dblclick();
  const header = (await page.getByText(/^Rowhouse-Entry: rhe_/).textContent()) ?? '';
  await screenshot(page, 'entry-begun');
  expect(await statusWith(header)).toBe(200);
  expect(await statusWith(header, 'POST')).toBe(403);
  const { items } = (await pages.app.call('GET', 'tenants/acme/entries?state=active')).body;
  expect(items).toEqual([expect.objectContaining({ reason: REASON, readOnly: true })]);
  const bar = page.getByRole('region', { name: 'You have entered acme' });
  await page.getByRole('link', { name: 'Doctor' }).click();
  await page.getByRole('heading', { name: 'Doctor', level: 1 }).waitFor();
  await bar.getByText('Reads only').waitFor();
  expect(await bar.getByRole('timer').textContent()).toMatch(/^1[45]:\d\d$/);
  await page.mouse.move(600, 500);
  expect(await seriousFindings(page)).toEqual([]);
  await screenshot(page, 'entry-bar');
  const before = await bar.getByRole('timer').textContent();
  await until(async () => (await bar.getByRole('timer').textContent()) !== before);
  await bar.getByRole('button', { name: 'Leave acme' }).click();
  await bar.waitFor({ state: 'hidden' });
  await until(async () => (await statusWith(header)) === 403);
});

it.each(['light', 'dark'] as const)('lets an owner write, and says so in %s', async (colorScheme) => {
  const page = await visit('/tenants/acme/entries', { colorScheme });
  await page.getByLabel('Reason').fill(REASON);
  await page.getByLabel('Minutes').fill('60');
  await page.getByLabel('May write').check();
  await page.getByRole('button', { name: 'Enter acme' }).click();
  const header = (await page.getByText(/^Rowhouse-Entry: rhe_/).textContent()) ?? '';
  expect(await statusWith(header, 'POST')).toBe(201);
  const bar = page.getByRole('region', { name: 'You have entered acme' });
  await bar.getByText('May write').waitFor();
  await page.getByRole('button', { name: 'I have it' }).click();
  await screenshot(page, `entry-writes-${colorScheme}`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'End entry' }).click();
  await page
    .getByRole('dialog', { name: 'End entry: owner (acme)' })
    .getByRole('button', { name: 'End entry' })
    .click();
  await bar.waitFor({ state: 'hidden' });
  await page.getByRole('cell', { name: 'by owner' }).first().waitFor();
});

it('shows the bar in each tab, on a phone, and while one scrolls', async () => {
  await pages.app.call('POST', 'tenants/acme/entries', { body: { reason: REASON }, role: 'operator' });
  const page = await visit('/audit', { role: 'operator', viewport: { width: 390, height: 500 } });
  const bar = page.getByRole('region', { name: 'You have entered acme' });
  await bar.waitFor();
  await page.getByRole('cell').first().waitFor();
  await page.mouse.wheel(0, 2_000);
  await until(() => page.evaluate('scrollY > 100'));
  await screenshot(page, 'entry-bar-phone');
  const box = await bar.boundingBox();
  expect(box?.y).toBeGreaterThanOrEqual(0);
  expect(box?.y).toBeLessThan(120);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});

it('goes when the time is over, whatever the clock of the browser says', async () => {
  const { body } = await pages.app.call('POST', 'tenants/acme/entries', {
    body: { reason: REASON },
    role: 'operator',
  });
  const page = await visit('', { role: 'nobody' });
  await page.clock.setFixedTime('2001-01-01T00:00:00Z');
  await page.evaluate("sessionStorage['rowhouse.token'] = 'operator'");
  await page.reload();
  const bar = page.getByRole('region', { name: 'You have entered acme' });
  await bar.waitFor();
  expect(await bar.getByRole('timer').textContent()).toMatch(/^1[45]:\d\d$/);
  await pages.app.call('DELETE', `tenants/acme/entries/${body.id}`);
  await bar.waitFor({ state: 'hidden' });
});

it("is nobody else's: another operator has no bar, a viewer no way in, and an archived tenant none", async () => {
  await pages.app.call('POST', 'tenants/acme/entries', { body: { reason: REASON }, role: 'operator' });
  const viewer = await visit('/tenants/acme/entries', { role: 'viewer' });
  await viewer.getByRole('cell', { name: REASON }).first().waitFor();
  expect(await viewer.getByRole('button', { name: /Enter|End entry|Leave/ }).count()).toBe(0);
  const owner = await visit('/tenants/archived/entries');
  await owner.getByText('Only an active tenant can be entered').waitFor();
  expect(await owner.getByRole('region', { name: /You have entered/ }).count()).toBe(0);
  expect((await pages.app.call('GET', 'me/entries')).body).toEqual({ items: [] });
});
