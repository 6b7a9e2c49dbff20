const FAILS = 'harbour-books';
const SHOP = 'kaffeewerk';

/**
 * Each is done from the first page, and from an empty line, as by somebody who knows where things are. `arrange` comes before each
 * of both, and is not counted.
 */
export const TASKS = [
  {
    name: 'create a tenant',
    async inPages(hand, { page }) {
      await hand.goTo('Tenants');
      await hand.link('Create tenant');
      await hand.type(page.getByLabel('Slug'), 'umbrella');
      await hand.button('Create tenant');
      await page.getByText('The tenant is in service').waitFor();
    },
    byCommand: (terminal) => terminal.type('rowhouse tenants create umbrella-two'),
  },
  {
    name: 'find why one failed, and mend it',
    /** An index that a migration drops is not there. The demo begins so. */
    async arrange({ run, owner, isFirst }) {
      if (isFirst) return;
      await run('migrations/runs', { direction: 'down', steps: 1, tenants: [FAILS] });
      await owner.query('drop index tenant_harbour_books.products_tenant_id_idx');
      await run('migrations/runs', { tenants: [FAILS] });
    },
    async inPages(hand, { page, owner }) {
      await hand.link(`${FAILS} failed`);
      await hand.link('Why: the run, with the statement that failed');
      await page.getByText(/products_tenant_id_idx/).waitFor();
      await mend(owner);
      await hand.button('Retry what failed');
      await hand.button('Retry what failed', page.getByRole('dialog'));
      await page.getByText('Succeeded').first().waitFor();
    },
    async byCommand(terminal, { owner }) {
      const why = await terminal.type('rowhouse migration show');
      if (!/products_tenant_id_idx/.test(why)) throw new Error(`It does not say why: ${why}`);
      await mend(owner);
      await terminal.type('rowhouse migration retry');
    },
  },
  {
    name: 'roll out a migration by waves',
    arrange: ({ run }) => run('migrations/runs', { direction: 'down', steps: 1 }),
    async inPages(hand, { page }) {
      await hand.goTo('Migrations');
      await hand.button('Start a run');
      const form = page.getByRole('dialog');
      await hand.type(form.getByLabel('Canary'), '5');
      await hand.type(form.getByLabel('Wave'), '25');
      await hand.button('Start a run', form);
      await page.getByRole('heading', { name: 'migrations.run', level: 1 }).waitFor();
      await page.getByText('Succeeded').first().waitFor();
    },
    byCommand: (terminal) => terminal.type('rowhouse migration run --canary 5% --wave 25%'),
  },
  {
    name: 'take three rows back from a backup',
    async arrange({ run, owner, isFirst }) {
      await run(`tenants/${SHOP}/backups`, {});
      await owner.query(
        `update tenant_${SHOP}.products set price_cents = ${isFirst ? 1 : 2} where sku in (select sku from tenant_${SHOP}.products order by sku limit 3)`,
      );
    },
    async inPages(hand, { page }) {
      await hand.goTo('Tenants');
      await hand.type(page.getByRole('searchbox'), 'kaffee');
      await hand.link(SHOP);
      await hand.click(page.getByRole('tab', { name: 'Backups' }));
      await hand.click(page.getByRole('button', { name: 'Restore' }).first());
      await hand.button('Restore', page.getByRole('dialog'));
      await hand.click(page.getByRole('link', { name: `Compare ${SHOP}` }));
      await hand.click(page.getByLabel('Choose all tables'));
      await hand.button('Take back');
      await hand.button('Take back', page.getByRole('dialog'));
      await page.getByText(/have the same rows/).waitFor();
    },
    async byCommand(terminal) {
      await terminal.type(`rowhouse restore ${SHOP} --slug ${SHOP}-then --suspended`);
      await terminal.type(`rowhouse diff ${SHOP} ${SHOP}-then`);
      await terminal.type(`rowhouse take-back ${SHOP} --from ${SHOP}-then --yes`);
    },
  },
  {
    name: 'find who uses most, and limit it',
    async inPages(hand, { page }) {
      await hand.click(
        page.getByRole('table', { name: 'Most database time in the last hour' }).getByRole('link').first(),
      );
      await hand.click(page.getByRole('tab', { name: 'Plan and limits' }));
      await hand.type(page.getByLabel('limits.concurrency', { exact: true }), '2');
      await hand.click(page.getByRole('button', { name: /^Save limits of/ }));
      await page.getByRole('button', { name: 'Take back: limits.concurrency' }).waitFor();
    },
    async byCommand(terminal) {
      await terminal.type('rowhouse top --once');
      await terminal.type('rowhouse plans override acme limits.concurrency=2');
    },
  },
];

/** What somebody does in the database when the statement that failed is known. */
const mend = (owner) =>
  owner.query(
    'create index if not exists products_tenant_id_idx on tenant_harbour_books.products (tenant_id)',
  );
