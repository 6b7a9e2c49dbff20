import type pg from 'pg';
import type { Page } from 'playwright-core';
import type { AdminPages } from './admin-pages.fixture.js';

/** Somebody who works with the pages. */
export class Hand {
  constructor(
    readonly page: Page,
    readonly pages: AdminPages,
    readonly client: pg.Client,
  ) {}

  async go(path: string): Promise<void> {
    await this.page.goto(`${this.pages.app.url}/ui${path}`);
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).first().click();
  }

  /** @param typed - what the question wants to have typed. */
  async confirm(name: string, typed?: string): Promise<void> {
    await this.press(name);
    const question = this.page.getByRole('dialog');
    if (typed) await question.getByLabel(`Type ${typed} to confirm`).fill(typed);
    await question.getByRole('button', { name, exact: true }).click();
    await question.waitFor({ state: 'hidden' });
  }

  /** Waits for the end of what was begun on the page. */
  async hasSucceeded(): Promise<void> {
    await this.page.getByRole('region', { name: 'Begun here' }).getByText('Succeeded').waitFor();
    await this.press('Dismiss');
  }
}

interface Area {
  readonly name: string;
  /** Changes all that an owner can change there. */
  readonly change: (hand: Hand) => Promise<void>;
  /** What the pages ask for in that. */
  readonly routes: readonly string[];
}

/** What owners change in the pages. The tenants are acme, with two members, globex and doomed. */
export const OWNER_CHANGES: readonly Area[] = [
  {
    name: 'limits, keys, settings and domains',
    change: changeTenant,
    routes: [
      'DELETE tenants/:id/keys/:id',
      'PATCH tenants/:id/limits',
      'PATCH tenants/:id/settings',
      'POST tenants/:id/domains',
      'POST tenants/:id/keys',
    ],
  },
  {
    name: 'members and invitations',
    change: changeMembers,
    routes: [
      'DELETE tenants/:id/invitations/:id',
      'DELETE tenants/:id/members/:id',
      'PATCH tenants/:id/members/:id',
      'POST tenants/:id/invitations',
    ],
  },
  {
    name: 'the life of a tenant, from its making to its purge',
    change: changeLife,
    routes: [
      'DELETE tenants/:id',
      'POST tenants',
      'POST tenants/:id/activate',
      'POST tenants/:id/archive',
      'POST tenants/:id/maintenance',
      'POST tenants/:id/purge',
      'POST tenants/:id/restore',
      'POST tenants/:id/suspend',
    ],
  },
  {
    name: 'backups, exports, clones, copies and moves',
    change: transfer,
    routes: [
      'POST tenants/:id/backups',
      'POST tenants/:id/clones',
      'POST tenants/:id/copies',
      'POST tenants/:id/exports',
      'POST tenants/:id/moves',
    ],
  },
  {
    name: 'runs of migrations',
    change: runMigrations,
    routes: [
      'POST migrations/runs',
      'POST operations/:id/cancel',
      'POST operations/:id/pause',
      'POST operations/:id/resume',
      'POST operations/:id/retry',
    ],
  },
  {
    name: 'webhooks',
    change: changeWebhooks,
    routes: [
      'DELETE webhooks/:id',
      'PATCH webhooks/:id',
      'POST webhooks',
      'POST webhooks/:id/rotate',
      'POST webhooks/:id/test',
    ],
  },
  { name: 'break-glass', change: enter, routes: ['POST tenants/:id/entries'] },
];

async function changeTenant(hand: Hand): Promise<void> {
  const { page } = hand;
  await hand.go('/tenants/acme/limits');
  await page.getByLabel('quotas.orders', { exact: true }).fill('7');
  await hand.press('Save limits of acme');
  await page.getByRole('button', { name: 'Take back: quotas.orders' }).waitFor();
  await hand.go('/tenants/acme/keys');
  await page.getByLabel('New key of acme').fill('reporting');
  await hand.press('Create key');
  await hand.press('I have it');
  await hand.confirm('Revoke key');
  await hand.go('/tenants/acme/settings');
  await page.getByLabel('theme').selectOption('dark');
  await hand.press('Save settings of acme');
  await page.getByRole('button', { name: 'Use default' }).first().waitFor();
  await hand.go('/tenants/acme/domains');
  await page.getByLabel('Add a domain of acme').fill('shop.example.com');
  await hand.press('Add');
  await page.getByText('Add this TXT record at the DNS provider:').waitFor();
}

async function changeMembers(hand: Hand): Promise<void> {
  const { page } = hand;
  await hand.go('/tenants/acme/members');
  await hand.confirm('Suspend member');
  await hand.confirm('Activate member');
  await hand.confirm('Remove member');
  await page.getByRole('cell', { name: 'ann@example.com' }).waitFor({ state: 'hidden' });
  await page.getByLabel('Invite somebody to acme').fill('cleo@example.com');
  await page.getByRole('textbox', { name: 'Roles' }).fill('admin');
  await hand.press('Invite');
  await hand.press('I have it');
  await hand.confirm('Revoke invitation');
}

async function changeLife(hand: Hand): Promise<void> {
  const { page } = hand;
  await hand.go('/create');
  await page.getByLabel('Slug').fill('umbrella');
  await hand.press('Create tenant');
  await page.getByText('The tenant is in service').waitFor();
  await hand.go('/tenants/doomed/danger');
  for (const action of ['Suspend', 'Activate', 'Maintenance', 'Activate', 'Archive'])
    await hand.confirm(action);
  await hand.confirm('Delete tenant', 'doomed');
  await hand.confirm('Restore');
  await hand.confirm('Delete tenant', 'doomed');
  await hand.press('Purge tenant');
  await page.getByLabel('Also when its retention has not ended yet').check();
  await page.getByLabel('Type doomed to confirm').fill('doomed');
  await page.getByRole('dialog').getByRole('button', { name: 'Purge tenant' }).click();
  await page.getByRole('heading', { name: 'tenant.purge' }).waitFor();
  await page.getByText('Succeeded').waitFor();
}

async function transfer(hand: Hand): Promise<void> {
  const { page, client } = hand;
  await client.query("insert into tenant_acme.products (name) values ('bread')");
  await hand.go('/tenants/acme/backups');
  await hand.confirm('Back up now');
  await hand.hasSucceeded();
  await hand.go('/tenants/acme/transfers');
  await hand.confirm('Export');
  await hand.hasSucceeded();
  await page.getByLabel('Slug of the clone').fill('acme-staging');
  await hand.confirm('Clone');
  await hand.hasSucceeded();
  await page.getByRole('combobox', { name: 'To which tenant rows of acme go' }).fill('globex');
  await page.keyboard.press('Escape');
  await hand.confirm('Copy rows');
  await hand.hasSucceeded();
  await client.query("update tenant_acme.products set id = id + 1, name = 'cake'");
  await hand.confirm('Move rows', 'acme');
  await hand.hasSucceeded();
}

async function runMigrations(hand: Hand): Promise<void> {
  const { page, client, pages } = hand;
  const { call, ended } = pages.app;
  const down = { direction: 'down', lockTimeoutMs: 200, retries: 0 };
  await client.query('create view tenant_acme.cheap as select name from tenant_acme.products');
  const { id } = await ended(await call('POST', 'migrations/runs', { body: down }));
  await client.query('drop view tenant_acme.cheap');
  await hand.go(`/operations/${id}`);
  await hand.confirm('Retry what failed');
  await page.getByText('Succeeded').first().waitFor();
  await hand.go('/migrations');
  await hand.press('Start a run');
  await page.getByRole('dialog').getByRole('button', { name: 'Start a run' }).click();
  await page.getByRole('heading', { name: 'migrations.run' }).waitFor();
  await page.getByText('Succeeded').first().waitFor();
  await client.query('begin');
  await client.query('lock table tenant_acme.products in access share mode');
  const slow = { ...down, concurrency: 1, retries: 100 };
  const begun = await call('POST', 'migrations/runs', { body: slow });
  await hand.go(`/operations/${begun.body.id}`);
  await hand.confirm('Pause');
  await page.getByText('Paused', { exact: true }).waitFor();
  await hand.confirm('Resume');
  await hand.confirm('Cancel operation');
  await ended(begun);
  await client.query('rollback');
}

async function changeWebhooks(hand: Hand): Promise<void> {
  const { page } = hand;
  await hand.go('/webhooks');
  await hand.press('Create webhook');
  const form = page.getByRole('dialog', { name: 'Create webhook' });
  await form.getByLabel('What it is for').fill('Orders');
  await form.getByLabel('URL').fill('https://hooks.example.com/orders');
  await form.getByLabel('tenant.created').check();
  await form.getByRole('button', { name: 'Create webhook' }).click();
  await hand.press('I have it');
  await hand.press('Send a test');
  const deliveries = page.getByRole('dialog', { name: 'Deliveries: Orders' });
  await deliveries.getByRole('cell', { name: 'webhook.test' }).waitFor();
  await deliveries.getByRole('button', { name: 'Close' }).click();
  await hand.press('Edit');
  const edit = page.getByRole('dialog', { name: 'Edit: Orders' });
  await edit.getByLabel('What it is for').fill('Orders of all');
  await edit.getByRole('button', { name: 'Save' }).click();
  await edit.waitFor({ state: 'hidden' });
  await hand.confirm('Pause webhook');
  await hand.press('Enable');
  await hand.confirm('Rotate secret');
  await hand.press('I have it');
  await hand.confirm('Delete webhook');
  await page.getByText('There are no webhooks.').waitFor();
}

async function enter(hand: Hand): Promise<void> {
  const { page } = hand;
  await hand.go('/tenants/acme/entries');
  await page.getByLabel('Reason').fill('Ticket 4711: totals are wrong');
  await hand.press('Enter acme');
  await page.getByText(/^Rowhouse-Entry: /).waitFor();
}
