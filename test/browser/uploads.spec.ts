/** @suite browser */
import { createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { exportTenant } from '@rowhouse/transfer';
import type { Page } from 'playwright-core';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { AdminPages, type OpenPage, screenshot, seriousFindings } from './admin-pages.fixture.js';

const MIB = 1_024 ** 2;

let pages: AdminPages;
let proxy: TcpProxy;
/** The path of a file. */
let archive: string;
let archiveBytes: number;

beforeAll(async () => {
  pages = await AdminPages.open();
  proxy = await startTcpProxy(Number(new URL(pages.app.url).port));
  await pages.tenant({ slug: 'bakery' });
  // Nothing that can be compressed: an archive of several requests.
  await query(
    'bakery',
    `insert into products (name)
     select (select string_agg(encode(sha512((n || '-' || k || random()::text)::bytea), 'base64'), '') from generate_series(1, 60) k)
       from generate_series(1, 4000) n`,
  );
  const fleet = pages.app.app.get(Fleet);
  const path = join(pages.deployment.folder, 'bakery');
  await exportTenant(fleet, await fleet.tenants.find('bakery'), createWriteStream(path), {});
  archive = `${path}.tar.gz`;
  await rename(path, archive);
  archiveBytes = (await stat(archive)).size;
  expect(archiveBytes).toBeGreaterThan(9 * MIB);
}, 120_000);
afterEach(async () => {
  proxy.fault = 'pass';
  proxy.onSend = undefined;
  await pages.closeVisits();
});
afterAll(async () => {
  await proxy?.close();
  await pages?.close();
});

async function query(slug: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const { app } = pages.app;
  return app
    .get(DataSourceRegistry)
    .for(await app.get(Fleet).tenants.find(slug))
    .query(text);
}

const countOf = async (slug: string) => (await query(slug, 'select from products')).length;

/** The page of transfers, through the proxy. */
async function visitTransfers(): Promise<OpenPage> {
  const one = await pages.visit('/transfers', { role: 'operator' });
  await one.page.goto(`http://127.0.0.1:${proxy.port}/ui/transfers`);
  return one;
}

const choose = (page: Page): Promise<void> => page.locator('input[type=file]').setInputFiles(archive);

/** Ends the connection when so many bytes of an upload have passed, and lets no other through. */
function cutAfter(bytes: number): void {
  const from = proxy.sentBytes;
  proxy.onSend = () => {
    if (proxy.sentBytes - from < bytes) return;
    proxy.onSend = undefined;
    proxy.fault = 'refuse';
    proxy.cut();
  };
}

it('an upload whose connection breaks waits for it, goes on, and becomes a tenant', async () => {
  const { page } = await visitTransfers();
  await choose(page);
  cutAfter(3 * MIB);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByText('The connection is lost.').waitFor();
  await screenshot(page, 'uploads-waiting');
  proxy.fault = 'pass';
  await page.getByText('bakery.tar.gz has arrived').waitFor();
  // It was not sent anew: what had arrived is not sent twice.
  const [begun] = (await pages.app.call('GET', 'audit?action=upload.created&limit=10')).body.items;
  expect((await pages.app.call('GET', `uploads/${begun.target}`)).body.receivedBytes).toBe(archiveBytes);
  await page.getByLabel('Slug of the new tenant').fill('bakery-two');
  await page.getByRole('button', { name: 'Import as a tenant' }).click();
  await screenshot(page, 'uploads-import');
  await page.getByRole('dialog').getByRole('button', { name: 'Import as a tenant' }).click();
  await page.getByText('The tenant bakery-two is there.').waitFor();
  expect(await countOf('bakery-two')).toBe(4_000);
});

it('an upload goes on after the page was loaded again, when the same file is chosen; its rows go into a tenant that is there', async () => {
  await pages.tenant({ slug: 'cafe' });
  const { page } = await visitTransfers();
  await choose(page);
  cutAfter(9 * MIB);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByText('The connection is lost.').waitFor();
  proxy.fault = 'pass';
  const sentBefore = proxy.sentBytes;
  await page.goto('about:blank');
  await page.goto(`http://127.0.0.1:${proxy.port}/ui/transfers`);
  await choose(page);
  await page
    .getByText('So much of this file has arrived.')
    .or(page.getByText('bakery.tar.gz has arrived'))
    .waitFor();
  await screenshot(page, 'uploads-resumed');
  expect(await seriousFindings(page)).toEqual([]);
  const goOn = page.getByRole('button', { name: 'Go on with the upload' });
  if (await goOn.isVisible()) await goOn.click();
  await page.getByText('bakery.tar.gz has arrived').waitFor();
  expect(proxy.sentBytes - sentBefore).toBeLessThan(archiveBytes);
  await page.getByText('A tenant that is there', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Tenant that gets the rows' }).fill('cafe');
  await page.keyboard.press('Escape');
  await page.getByLabel('products').check();
  await page.getByRole('button', { name: 'Count only' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Count only' }).click();
  await page.getByText('Rows that would be written: 4,000. Nothing was changed.').waitFor();
  await page.getByRole('button', { name: 'Import rows' }).click();
  await screenshot(page, 'uploads-rows');
  await page.getByRole('dialog').getByRole('button', { name: 'Import rows' }).click();
  await page.getByText('Rows written: 4,000').waitFor();
  expect(await countOf('cafe')).toBe(4_000);
});

it('an upload is cancelled, and nothing of it is kept', async () => {
  const { page } = await visitTransfers();
  await choose(page);
  cutAfter(2 * MIB);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByText('The connection is lost.').waitFor();
  const { items } = (await pages.app.call('GET', 'audit?action=upload.created&limit=1')).body;
  proxy.fault = 'pass';
  await page.getByRole('button', { name: 'Cancel the upload' }).click();
  await page.getByText('The upload was cancelled').waitFor();
  await screenshot(page, 'uploads-cancelled');
  expect((await pages.app.call('GET', `uploads/${items[0].target}`)).status).toBe(404);
});
