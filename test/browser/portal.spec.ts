/** @suite browser */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { PostgresTenantStore, TenantHomes } from '@rowhouse/core';
import {
  createTestDatabase,
  type ProvidedDatabase,
  provideDatabase,
  type TestDatabase,
} from '@rowhouse/testing';
import pg from 'pg';
import type { Browser, Page, Request } from 'playwright-core';
import { createApp } from '../../apps/demo/src/create-app.js';
import { DemoIssuer } from '../../apps/demo/src/members/demo-issuer.js';
import { startChromium } from '../../tools/chromium.mjs';
import { dropRoles } from '../support/roles.js';
import { seriousFindings } from './admin-pages.fixture.js';

// Nora owns acme, Hank owns globex, Sven is staff of acme.
const NORA = 'nora@example.com';
const HANK = 'hank@example.com';
const SVEN = 'sven@example.com';

/** What would run if a label were markup. */
const PAYLOADS = [
  `<img src=x onerror="document.title='hit'">`,
  `<svg onload="document.title='hit'">`,
  `"><script>document.title='hit'</script>`,
];

let database: TestDatabase;
let provided: ProvidedDatabase;
let app: INestApplication;
let browser: Browser;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.ROWHOUSE_ROLES = `portal_${randomBytes(4).toString('hex')}`;
  provided = await provideDatabase(database.url, database.name);
  app = await createApp(provided, 'express');
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  browser = await startChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
  const roles = process.env.ROWHOUSE_ROLES as string;
  const homes = new TenantHomes({ owner: { url: database.url }, pool: { roles } });
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const { tenants } = await new PostgresTenantStore({ pool }).list();
  await pool.end();
  for (const tenant of tenants) await homes.remove(tenant);
  await homes.close();
  await database.drop();
  for (const prefix of [roles, database.name]) await dropRoles(prefix);
});

async function signIn(who: string, options: Parameters<Browser['newContext']>[0] = {}) {
  const page = await (await browser.newContext({ acceptDownloads: true, ...options })).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`${error}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${url}/portal`);
  await page.getByLabel('Token').fill(await app.get(DemoIssuer).tokenOf(who));
  await page.getByRole('button', { name: 'Sign in' }).click();
  return { page, complaints };
}

const open = async (page: Page, title: string) => {
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
};
const PAGES = ['Members', 'Invitations', 'API keys', 'Audit trail', 'Usage', 'Export'];

it.each(['light', 'dark'] as const)(
  'has nothing serious for axe in %s, and fits a phone',
  async (colorScheme) => {
    const { page, complaints } = await signIn(NORA, { colorScheme, viewport: { width: 390, height: 800 } });
    await page.getByRole('navigation').waitFor();
    for (const title of PAGES) {
      await open(page, title);
      await page.getByText('Shop: acme').waitFor();
      expect([title, await seriousFindings(page)]).toEqual([title, []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

it('speaks German to those who read it', async () => {
  const page = await (await browser.newContext({ locale: 'de-AT' })).newPage();
  await page.goto(`${url}/portal`);
  await page.getByRole('heading', { level: 1, name: 'Ihr Shop' }).waitFor();
  await page.getByLabel('Token').fill(await app.get(DemoIssuer).tokenOf(NORA));
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await open(page, 'API-Schlüssel');
  await page.getByRole('button', { name: 'Schlüssel anlegen' }).waitFor();
  expect(await page.evaluate('document.documentElement.lang')).toBe('de');
  expect(await page.title()).toBe('API-Schlüssel – acme');
  await page.context().close();
});

it('makes keys whose labels are text, in one shop alone; staff is let in nowhere, and may send nothing again', async () => {
  const { page, complaints } = await signIn(NORA);
  await page.getByRole('navigation').waitFor();
  const sent: Request[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(request);
  });
  await open(page, 'API keys');
  for (const label of PAYLOADS) {
    await page.getByLabel('Label').fill(label);
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('cell', { name: label, exact: true }).waitFor();
    await page.getByText(/^Keep this key/).waitFor();
  }
  expect(await page.title()).toBe('API keys – acme');
  await open(page, 'Export');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download all data' }).click();
  expect((await download).suggestedFilename()).toBe('acme.tar.gz');
  expect(complaints).toEqual([]);
  await page.context().close();

  const hank = await signIn(HANK);
  await hank.page.getByText('Shop: globex').waitFor();
  await open(hank.page, 'API keys');
  await hank.page.getByRole('button', { name: 'Make a key' }).waitFor();
  for (const label of PAYLOADS) expect(await hank.page.getByText(label).count()).toBe(0);
  await hank.page.context().close();

  const sven = await signIn(SVEN);
  await sven.page.getByRole('alert').getByText('You own no shop.').waitFor();
  expect(await sven.page.getByRole('navigation').count()).toBe(0);
  const authorization = `Bearer ${await app.get(DemoIssuer).tokenOf(SVEN)}`;
  expect(sent).toHaveLength(PAYLOADS.length);
  for (const request of sent) {
    const headers = { ...request.headers(), authorization };
    const again = await fetch(request.url(), { method: request.method(), headers, body: request.postData() });
    expect(again.status).toBe(403);
  }
  await sven.page.context().close();
});
