/** @suite browser */
import { TenantDirectory } from '@rowhouse/core';
import pg from 'pg';
import { until } from '../support/until.js';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

let pages: AdminPages;
let client: pg.Client;

beforeAll(async () => {
  pages = await AdminPages.open();
  client = new pg.Client(pages.deployment.database.url);
  await client.connect();
  for (const slug of ['acme', 'globex', 'hooli']) await pages.tenant({ slug });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(async () => {
  await client?.end();
  await pages?.close();
});

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

const call: AdminPages['app']['call'] = (...request) => pages.app.call(...request);
const ended: AdminPages['app']['ended'] = (begun) => pages.app.ended(begun);

/** Keeps a tenant's table from being dropped until what it returns is called. */
async function hold(slug: string): Promise<() => Promise<void>> {
  await client.query('begin');
  await client.query(`lock table tenant_${slug}.products in access share mode`);
  return async () => void (await client.query('rollback'));
}

const down = { direction: 'down', lockTimeoutMs: 200, retries: 0 };

describe('migrations', () => {
  it('are planned with their SQL, run behind a canary, and counted for each', async () => {
    await ended(await call('POST', 'migrations/runs', { body: down }));
    const { page } = await visit('/migrations', { role: 'operator' });
    await page.getByRole('row', { name: /Products1757000000001.*0 of 3.*3/ }).waitFor();
    await screenshot(page, 'migrations-lacking');
    await page.getByRole('link', { name: 'Show the plan' }).click();
    await page.getByRole('heading', { name: 'Homes in schemas: 3' }).waitFor();
    await page.getByText('create table products').waitFor();
    await screenshot(page, 'plan');
    await page.getByRole('button', { name: 'Start a run' }).click();
    await page.getByLabel('Canary').fill('30');
    await page.getByLabel('Waves').fill('50');
    await page.getByRole('dialog').getByRole('button', { name: 'Start a run' }).click();
    await page.getByText('Succeeded').first().waitFor();
    const waves = page.getByRole('list', { name: 'Waves of the run' });
    await waves.getByRole('listitem').filter({ hasText: 'Canary' }).getByText('1 of 1 homes').waitFor();
    await waves.getByRole('listitem').filter({ hasText: 'Wave 2' }).getByText('2 of 2 homes').waitFor();
    await page.getByRole('row', { name: /acme.*Done/ }).waitFor();
    await screenshot(page, 'run-waves');
    await page.getByRole('link', { name: 'Migrations' }).click();
    await page.getByRole('row', { name: /Products1757000000001.*3 of 3/ }).waitFor();
  });

  it('that fail show the statement, and are tried again', async () => {
    await client.query('create view tenant_acme.cheap as select name from tenant_acme.products');
    const { id } = await ended(await call('POST', 'migrations/runs', { body: down }));
    await client.query('drop view tenant_acme.cheap');
    const { page } = await visit(`/operations/${id}`, { role: 'operator' });
    await page
      .locator('label')
      .filter({ hasText: /^Failed$/ })
      .click();
    const row = page.getByRole('row', { name: /acme/ });
    await row.getByText(/other objects depend on it.*drop table products/).waitFor();
    expect(await page.getByRole('row', { name: /globex/ }).count()).toBe(0);
    await screenshot(page, 'run-failed');
    await page.getByRole('button', { name: 'Retry what failed' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry what failed' }).click();
    await page.getByText('Succeeded').first().waitFor();
    await ended(await call('POST', 'migrations/runs', { body: {} }));
  });

  it('are paused and resumed', async () => {
    const release = await hold('acme');
    const body = { ...down, concurrency: 1, retries: 100 };
    const { id } = (await call('POST', 'migrations/runs', { body })).body;
    const { page } = await visit(`/operations/${id}`, { role: 'operator' });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await screenshot(page, 'run-paused');
    await release();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Succeeded').first().waitFor();
    await until(async () => (await call('GET', `operations/${id}`)).body.state === 'succeeded');
    await ended(await call('POST', 'migrations/runs', { body: {} }));
  });
});

it('examines the deployment when it is asked to', async () => {
  const { page } = await visit('/doctor', { role: 'operator' });
  await page.getByRole('button', { name: 'Examine now' }).click();
  await page.getByText('pins.hold').waitFor();
  await screenshot(page, 'examined');
});

it('finds drift when it is asked to, and says what to do', async () => {
  await client.query('alter table tenant_globex.products add column note text');
  const { page } = await visit('/drift', { role: 'operator' });
  await page.getByRole('button', { name: 'Compare now' }).click();
  await page.getByText('3 homes compared.').waitFor();
  await page.getByText('products.note').waitFor();
  await page.getByText('rowhouse drift --tenant globex').waitFor();
  await screenshot(page, 'drift-found');
  await client.query('alter table tenant_globex.products drop column note');
  await page.getByRole('button', { name: 'Compare now' }).click();
  await page.getByText('Every home is what its migrations make').waitFor();
});

it('shows connections and the cache of the instance that answers, and flushes it', async () => {
  const directory = pages.app.app.get(TenantDirectory);
  await directory.bySlug('acme');
  const { page } = await visit('/instance', { role: 'operator' });
  await page.getByText(`process ${process.pid}`).first().waitFor();
  await page.getByRole('row', { name: /Shared/ }).waitFor();
  await screenshot(page, 'instance');
  await page.getByRole('button', { name: 'Flush the cache' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Flush the cache' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await until(() => directory.stats().size === 0);
});

it('shows jobs by name and tenant, runs one again and cancels one', async () => {
  const { id } = (await call('GET', 'tenants/hooli')).body;
  await client.query(
    `insert into rowhouse.jobs (tenant_id, name, data, state, failure, ended_at) values
       ($1, 'send-invoice', '{"iban":"DE1"}', 'failed', 'No paper.', now()), ($1, 'clean-up', '{}', 'waiting', null, null)`,
    [id],
  );
  const { page } = await visit('/jobs', { role: 'operator' });
  const counts = page.getByRole('table', { name: 'Jobs by name and state' });
  await counts
    .getByRole('row', { name: /send-invoice/ })
    .getByRole('link', { name: '1' })
    .click();
  await page.getByText('No paper.').waitFor();
  expect(new URL(page.url()).search).toBe('?name=send-invoice&state=failed');
  await screenshot(page, 'jobs-failed');
  await page.getByRole('button', { name: 'Run again' }).click();
  const again = page.getByRole('dialog', { name: 'Run again: send-invoice (hooli)' });
  await again.getByRole('button', { name: 'Run again' }).click();
  await counts.getByRole('row', { name: /send-invoice 1 0 0/ }).waitFor();
  await page.goto(`${pages.app.url}/ui/jobs?tenant=hooli`);
  const job = page.getByRole('table', { name: 'All jobs' }).getByRole('row', { name: /clean-up/ });
  await job.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
  await job.getByRole('button', { name: 'Run again' }).waitFor();
  await screenshot(page, 'jobs');
});

it('makes a webhook, shows its secret once, tests, edits, pauses, rotates and deletes it', async () => {
  const { page } = await visit('/webhooks', { role: 'operator' });
  const confirm = async (name: string) => {
    await page.getByRole('button', { name }).click();
    const question = page.getByRole('dialog', { name: `${name}: Orders of acme` });
    await question.getByRole('button', { name }).click();
    await question.waitFor({ state: 'hidden' });
  };
  await page.getByRole('button', { name: 'Create webhook' }).click();
  const form = page.getByRole('dialog', { name: 'Create webhook' });
  await form.getByLabel('What it is for').fill('Orders');
  await form.getByLabel('URL').fill('https://hooks.example.com/orders');
  await form.getByLabel('tenant.created').check();
  await form.getByLabel('Tenant (slug or id)').fill('acme');
  await screenshot(page, 'webhook-new');
  await form.getByRole('button', { name: 'Create webhook' }).click();
  await form.getByText(/^whsec_/).waitFor();
  await screenshot(page, 'webhook-secret');
  await form.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  const deliveries = page.getByRole('dialog', { name: 'Deliveries: Orders' });
  await deliveries.getByRole('cell', { name: 'webhook.test' }).waitFor();
  await deliveries.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit: Orders' });
  await edit.getByLabel('What it is for').fill('Orders of acme');
  await edit.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Orders of acme', exact: true }).waitFor();
  await edit.waitFor({ state: 'hidden' });
  await screenshot(page, 'webhook');
  await confirm('Pause webhook');
  await page.getByText('Paused', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByRole('button', { name: 'Pause webhook' }).waitFor();
  await confirm('Rotate secret');
  await page.getByText(/^whsec_/).waitFor();
  await page.getByText('signed by the old secret as well').waitFor();
  await page.getByRole('button', { name: 'I have it' }).click();
  await confirm('Delete webhook');
  await page.getByText('There are no webhooks.').waitFor();
});

it('shows which of two changes of a webhook holds', async () => {
  const body = { description: 'Mails', url: 'https://hooks.example.com/mails' };
  const { id } = (await call('POST', 'webhooks', { body })).body;
  const { page, complaints } = await visit('/webhooks', { role: 'operator' });
  await page.getByRole('region', { name: 'Mails' }).getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('What it is for').fill('Mails of mine');
  await call('PATCH', `webhooks/${id}`, { body: { description: 'Mails of theirs' } });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/It is now: Mails of theirs/).waitFor();
  await page.getByRole('button', { name: 'Save mine all the same' }).click();
  await page.getByRole('heading', { name: 'Mails of mine', exact: true }).waitFor();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('412')]);
});

it('shows a viewer what there is, and nothing that changes it', async () => {
  const [run] = (await call('GET', 'operations?kind=migrations.run')).body.items;
  const shown = [
    ['/webhooks', 'Mails of mine'],
    ['/jobs', 'send-invoice'],
    ['/instance', 'Cache of tenants'],
    ['/drift', 'Comparing needs the role operator.'],
    ['/migrations', 'Products1757000000001'],
    ['/migrations/plan', 'The plan needs the role operator.'],
    [`/operations/${run.id}`, 'Wave 1'],
  ] as const;
  for (const [path, text] of shown) {
    const { page } = await visit(path, { role: 'viewer' });
    await page.getByRole('main').getByText(text).first().waitFor();
    const names = await page.getByRole('main').getByRole('button').allTextContents();
    expect([path, names.filter((name) => name !== 'Deliveries')]).toEqual([path, []]);
  }
});

it.each(['light', 'dark'] as const)(
  'fits a phone, and has nothing serious for axe, in %s',
  async (colorScheme) => {
    await ended(await call('POST', 'migrations/runs', { body: down }));
    const [run] = (await call('GET', 'operations?kind=migrations.run')).body.items;
    const shown = [
      ['webhooks', '/webhooks', 'Mails of mine'],
      ['jobs', '/jobs', 'send-invoice'],
      ['instance', '/instance', 'Cache of tenants'],
      ['migrations', '/migrations', '0 of 3'],
      ['plan', '/migrations/plan', 'create table products'],
      ['run', `/operations/${run.id}`, 'Wave 1'],
    ] as const;
    for (const [name, path, text] of shown) {
      const { page } = await visit(path, {
        role: 'operator',
        colorScheme,
        viewport: { width: 390, height: 844 },
      });
      await page.getByRole('main').getByText(text).first().waitFor();
      await screenshot(page, `deployment-${name}-${colorScheme}`);
      expect([path, await page.evaluate('document.documentElement.scrollWidth <= 390')]).toEqual([
        path,
        true,
      ]);
      expect([path, await seriousFindings(page)]).toEqual([path, []]);
    }
    await ended(await call('POST', 'migrations/runs', { body: {} }));
  },
);
