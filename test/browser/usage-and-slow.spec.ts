/** @suite browser */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { until } from '../support/until.js';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

let pages: AdminPages;
let client: pg.Client;
const ids: Record<string, string> = {};

/** A month before this one, as `2026-10`. Data stand in none that may end while the spec runs. */
function monthBefore(count: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1)).toISOString().slice(0, 7);
}
const [LAST, BEFORE] = [monthBefore(1), monthBefore(2)];
const nameOf = (month: string) =>
  new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );

/** What instances of an app have counted in an hour so far. */
async function count(slug: string, meter: string, hour: string, quantity: number): Promise<void> {
  await client.query(
    `insert into rowhouse.usage_counts as c (tenant_id, meter, hour, quantity) values ($1, $2, $3, $4)
     on conflict (tenant_id, meter, hour) do update set quantity = excluded.quantity, is_recorded = false`,
    [ids[slug], meter, `${hour}:00:00Z`, quantity],
  );
  await client.query('select rowhouse.record_usage(now(), 1000)');
}

beforeAll(async () => {
  pages = await AdminPages.open();
  client = new pg.Client(pages.deployment.database.url);
  await client.connect();
  for (const slug of ['acme', 'globex']) ids[slug] = await pages.tenant({ slug, plan: 'free' });
  await client.query('select rowhouse.begin_usage($1)', [`${BEFORE}-01T00:00:00Z`]);
  await client.query(
    `insert into rowhouse.usage_meters values ('emails', 'emails'), ('databaseMs', 'milliseconds'), ('storageByteHours', 'byte-hours')`,
  );
  for (const day of ['02', '03', '20']) {
    await count('acme', 'emails', `${BEFORE}-${day}T10`, 1_200);
    await count('acme', 'databaseMs', `${LAST}-${day}T10`, 61_234.567);
    await count('acme', 'emails', `${LAST}-${day}T10`, Number(day) * 100);
    await count('globex', 'emails', `${LAST}-${day}T23`, 7);
    await count('globex', 'storageByteHours', `${LAST}-${day}T23`, 4_500_000_000);
  }
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(async () => {
  await client?.end();
  await pages?.close();
});

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

const call: AdminPages['app']['call'] = (...request) => pages.app.call(...request);

/** Presses a button that gives a file. */
async function download(page: Page, name: string) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

describe('usage', () => {
  it('is shown by month, over all and by tenant, and downloaded without a token in an address', async () => {
    const { page } = await visit(`/usage?month=${LAST}`, { role: 'viewer' });
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url()));
    const byTenant = page.getByRole('table', { name: 'By tenant' });
    await byTenant.getByRole('row', { name: /acme free 3.1 mins 2,500/ }).waitFor();
    await byTenant.getByRole('row', { name: /globex free – 21 13.5 GB·h/ }).waitFor();
    await page.getByText('2,521').waitFor();
    await screenshot(page, 'usage-month');
    const csv = await download(page, 'Records (CSV)');
    expect(csv.name).toBe(`usage-${LAST}.csv`);
    expect(csv.text.split('\r\n')[0]).toMatch(/^id,tenant_id,tenant,plan,meter,unit,hour/);
    const events = await download(page, 'Records (NDJSON)');
    const lines = events.text.trim().split('\n');
    expect(lines).toHaveLength(12);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ specversion: '1.0', data: { month: LAST } });
    expect(urls.filter((url) => url.includes('viewer'))).toEqual([]);
    expect(await page.getByRole('button', { name: 'Close month' }).count()).toBe(0);
  });

  it('of a month is closed for good, and what comes later is shown beside the next', async () => {
    const { page } = await visit(`/usage?month=${BEFORE}`, { role: 'operator' });
    await page.getByText('can be closed after the months before it').waitFor();
    await page.getByRole('button', { name: 'Close month' }).click();
    const question = page.getByRole('dialog', { name: `Close month: ${nameOf(BEFORE)}` });
    await question.getByText('it never changes again').waitFor();
    const close = question.getByRole('button', { name: 'Close month' });
    expect(await close.isDisabled()).toBe(true);
    await question.getByLabel(`Type ${BEFORE} to confirm`).fill(BEFORE);
    await screenshot(page, 'usage-close');
    await close.dblclick();
    await page.getByText('Its totals are those that it was closed with.').waitFor();
    await page.getByText(/^Closed on .* by operator\. 1 total, of one tenant and meter\.$/).waitFor();
    await screenshot(page, 'usage-closed');
    const totals = await download(page, 'Totals (CSV)');
    expect(totals.text.split('\r\n')[1]).toBe(`${BEFORE},${ids['acme']},acme,free,emails,emails,3600`);

    await count('acme', 'emails', `${BEFORE}-03T10`, 1_250);
    await count('globex', 'emails', `${LAST}-20T23`, 9);
    await page.getByLabel('Month').selectOption(LAST);
    const late = page.getByRole('table', { name: 'Counted late' });
    await late
      .getByRole('row', { name: new RegExp(`acme emails .* 50 1,250 .* Revision 2 ?for ${nameOf(BEFORE)}`) })
      .waitFor();
    await late.getByRole('row', { name: /globex emails .* 2 9 .* Revision 2/ }).waitFor();
    await screenshot(page, 'usage-late');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('that cannot be closed yet says why', async () => {
    await call('POST', 'usage/closes', { body: { month: BEFORE } });
    const { page } = await visit('/usage', { role: 'operator' });
    await page.getByText(/^It is still added to; it can be closed from/).waitFor();
    await page.getByText('Nothing is recorded in this month yet.').waitFor();
    expect(await page.getByRole('button', { name: 'Close month' }).count()).toBe(0);
  });

  it('of one tenant is shown by day and by record', async () => {
    const { page } = await visit(`/tenants/acme/usage?month=${LAST}`, { role: 'viewer' });
    await page.getByRole('table', { name: 'Records' }).getByRole('row').nth(6).waitFor();
    await page.getByLabel('Meter').selectOption('emails');
    await page.getByRole('img', { name: /^emails by day \(UTC\)/ }).waitFor();
    await screenshot(page, 'usage-tenant');
    const csv = await download(page, 'Records (CSV)');
    expect(csv.name).toBe(`usage-acme-${LAST}.csv`);
    expect(csv.text).not.toContain('globex');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('that could not be delivered says so, and is sent at once when asked to', async () => {
    await client.query(
      `insert into rowhouse.usage_sinks (name, seq, attempts, next_attempt_at, attempted_at, failure)
         values ('billing', 3, 4, now() + interval '8 hours', now(), 'It was answered 503.'), ('stripe', 3, 0, now(), null, null)`,
    );
    const { page } = await visit('/usage', { role: 'operator' });
    const row = page.getByRole('row', { name: /billing/ });
    await row.getByText('It was answered 503.').waitFor();
    await row.getByText('4 attempts failed').waitFor();
    await screenshot(page, 'usage-delivery');
    await page.getByRole('button', { name: 'Send now' }).click();
    const question = page.getByRole('dialog', { name: 'Send now: billing' });
    await question.getByRole('button', { name: 'Send now' }).click();
    await question.waitFor({ state: 'hidden' });
    const { rows } = await client.query(
      `select next_attempt_at <= now() as is_due from rowhouse.usage_sinks where name = 'billing'`,
    );
    expect(rows).toEqual([{ is_due: true }]);
    const viewer = await visit('/usage', { role: 'viewer' });
    await viewer.page.getByText('It was answered 503.').waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Send now' }).count()).toBe(0);
  });
});

describe('load', () => {
  beforeAll(async () => {
    const shapes = {
      seen: 10,
      shapes: [{ shape: 'select name from products order by name', seen: 10, running: 3, longestMs: 5_100 }],
    };
    await client.query(
      `insert into rowhouse.activity_reports values
         ($1, now() + interval '1 day', 2000, 250, 5, 2, 8, $2, '{1500, 250}', '{4, 1}', '{2, 0}', '{1, 0}', $3)`,
      [randomUUID(), [ids['acme'], ids['globex']], JSON.stringify({ [ids['acme'] ?? '']: shapes })],
    );
    await client.query(
      `insert into rowhouse.noisy_tenants (tenant_id, over_since, noisy_since, seen_at) values ($1, now(), now(), now())`,
      [ids['acme']],
    );
    await client.query(
      `insert into rowhouse.metric_slow_statements (tenant_id, id, shape, calls, total_us, max_us, rows)
         values ($1, 'slow-1', 'select * from products where name = ? order by name', 42, 52000000, 5100000, 84),
                ($1, 'slow-2', 'create table ? ()', 1, 900000, 900000, 0), ($1, 'slow-3', null, 3, 2100000, 800000, 3)`,
      [ids['acme']],
    );
    await client.query(
      `insert into rowhouse.metric_storage values ($1, 8000000, 1000000, 0, now()), ($2, 2000000, 0, 0, now())`,
      [ids['acme'], ids['globex']],
    );
  });

  it('shows who uses the database now, with which statements, and who had most', async () => {
    const { page } = await visit('/load', { role: 'viewer' });
    const now = page.getByRole('table', { name: 'Who uses the database now' });
    const acme = now.getByRole('row', { name: /acme/ });
    await acme.getByText('75%').waitFor();
    await acme.getByText(/^Noisy since/).waitFor();
    await acme.getByText('Throttled to 1 connection').waitFor();
    await acme.getByText('select name from products order by name').waitFor();
    await page.getByLabel('Measure').selectOption('Storage');
    await page.getByRole('row', { name: /acme 9 MB/ }).waitFor();
    await screenshot(page, 'load');
    await acme.getByRole('link', { name: 'acme' }).click();
    const panel = page.getByRole('region', { name: 'acme' });
    await panel.getByRole('row', { name: /select name from products .* 3 5.1 sec/ }).waitFor();
    await panel
      .getByRole('row', { name: /select \* from products where name = \? .* 42 1.2 secs 5.1 secs/ })
      .waitFor();
    await panel.getByText('could not be read, or are too long').waitFor();
    await screenshot(page, 'load-tenant');
    expect(await seriousFindings(page)).toEqual([]);
    for (const name of ['Show plan', 'Throttle', 'Limits of acme'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
  });

  it('explains a slow statement, and says why where it cannot', async () => {
    const { page, complaints } = await visit('/load?tenant=acme', { role: 'operator' });
    const slow = page.getByRole('table', { name: 'Slow statements' });
    const explain = (name: RegExp) =>
      slow.getByRole('row', { name }).getByRole('button', { name: 'Show plan' }).click();
    await explain(/where name/);
    const plan = page.getByRole('dialog', { name: 'Plan of a statement of acme' });
    await plan.getByText(/Seq Scan on products/).waitFor();
    await screenshot(page, 'load-plan');
    expect(await seriousFindings(page)).toEqual([]);
    await plan.getByRole('button', { name: 'Close' }).click();
    await plan.waitFor({ state: 'hidden' });
    await explain(/create table/);
    await plan.getByText('STATEMENT_NOT_EXPLAINABLE').waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('422')]);
  });

  it('throttles a tenant, ends that, and gives it other limits', async () => {
    const { page } = await visit('/load?tenant=acme', { role: 'operator' });
    const overrides = async () => (await call('GET', 'tenants/acme/limits')).body.overrides;
    const confirm = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).click();
      const question = page.getByRole('dialog', { name: `${name}: acme` });
      await question.getByRole('button', { name }).click();
      await question.waitFor({ state: 'hidden' });
    };
    await confirm('Throttle');
    await page.getByRole('button', { name: 'End the throttle' }).waitFor();
    expect(await overrides()).toEqual({ limits: { noisyConcurrency: 1 } });
    await confirm('End the throttle');
    await page.getByRole('button', { name: 'Throttle', exact: true }).waitFor();
    expect(await overrides()).toEqual({});
    await page.getByRole('button', { name: 'Limits of acme' }).click();
    const dialog = page.getByRole('dialog', { name: 'Limits of acme' });
    await dialog.getByLabel('limits.concurrency', { exact: true }).fill('1');
    await screenshot(page, 'load-limits');
    await dialog.getByRole('button', { name: 'Save limits of acme' }).click();
    await dialog.getByRole('button', { name: 'Take back: limits.concurrency' }).waitFor();
    await until(async () => JSON.stringify(await overrides()) === '{"limits":{"concurrency":1}}');
  });
});
