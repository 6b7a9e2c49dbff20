/** @suite browser */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { AdminPages } from './admin-pages.fixture.js';
import { PAYLOADS } from './payloads.js';

/** Ends a payload, so that it is found again as text. */
const markOf = (index: number) => `n${index}.`;
const texts = PAYLOADS.map((payload, index) => `${payload} ${markOf(index)}`);

let pages: AdminPages;
let acme: string;
const run = randomUUID();
/** In which there is usage. */
let month: string;
/** PostgreSQL cuts longer names. */
const ODD_TABLE = `<img src=x onerror=document.title='hit'>`;
const failedOperations = PAYLOADS.map(() => randomUUID());

beforeAll(async () => {
  pages = await AdminPages.open({ breakGlass: true });
  const { deployment, app } = pages;
  const client = new pg.Client({ connectionString: deployment.database.url });
  await client.connect();
  const sql = (text: string, values: unknown[]) => client.query(text, values);
  acme = await pages.tenant({ slug: 'acme', name: texts[0] ?? '' });
  await pages.tenant({ slug: 'then' });
  const stored = ({ status, body }: { readonly status: number; readonly body: unknown }) =>
    expect(status < 300 ? undefined : body).toBeUndefined();

  for (const [index, text] of texts.entries()) {
    const headers = { 'x-reason': text };
    const named = { slug: `odd-${index}`, name: text, isolation: 'row', metadata: { [text]: text } };
    stored(await app.call('POST', 'tenants', { body: named }));
    stored(await app.call('PATCH', 'tenants/acme/settings', { body: { smtp: { host: text } }, headers }));
    stored(await app.call('POST', 'tenants/acme/keys', { body: { label: text } }));
    const member = { issuer: 'https://issuer.example', subject: text, name: text, roles: ['member'] };
    const email = `odd${index}@example.com`;
    stored(await app.call('POST', 'tenants/acme/members', { body: { ...member, email } }));
    const invited = { email: `invited${index}@example.com`, roles: ['member'] };
    stored(await app.call('POST', 'tenants/acme/invitations', { body: invited }));
    stored(await app.call('POST', 'tenants/acme/entries', { body: { reason: `Because of ${text}` } }));
    const url = `https://example.com/?${encodeURIComponent(text)}`;
    stored(await app.call('POST', 'webhooks', { body: { url, description: text } }));
    await sql('insert into rowhouse.tenant_domains (domain, tenant_id) values (lower($1), $2)', [text, acme]);
    await sql(
      `insert into rowhouse.jobs (tenant_id, name, data, state, failure, ended_at) values ($1, 'odd', '{}', 'failed', $2, now())`,
      [acme, text],
    );
    await sql(
      `insert into rowhouse.operations (id, kind, state, tenant_id, input, problem, steps, result, actor, finished_at)
         values ($1, $2, 'failed', $3, '{}', $4, $5, $6, $7, now())`,
      [
        failedOperations[index],
        text,
        acme,
        ...[{ message: text }, [{ name: text, startedAt: new Date().toISOString() }], { [text]: text }].map(
          (value) => JSON.stringify(value),
        ),
        JSON.stringify({ type: 'user', id: text }),
      ],
    );
  }
  // What the API refuses comes by SQL: of a column that is read elsewhere, of a release before, by hand.
  await sql(`update rowhouse.members set email = name where tenant_id = $1`, [acme]);
  await sql(`insert into ${schemaOf('acme')}.products (name) select unnest($1::text[])`, [texts]);
  // Each has a bar over the page as long as it lasts.
  await sql('update rowhouse.operator_entries set ended_at = now() where reason not like $1', [
    `%${markOf(0)}`,
  ]);
  await sql(
    `insert into rowhouse.operations (id, kind, state, input, progress, problem)
       values ($1, 'migrations.run', 'failed', '{}', '{"done":0,"total":9,"unit":"homes"}', '{"message":"all"}')`,
    [run],
  );
  await sql(
    `insert into rowhouse.migration_runs (id, direction, options, state) values ($1, 'up', '{}', 'failed')`,
    [run],
  );
  await sql(
    `insert into rowhouse.migration_run_homes (run_id, home_id, label, wave, state, names, error)
       select $1, gen_random_uuid(), text, 1, 'failed', array[text], text from unnest($2::text[]) text`,
    [run, texts],
  );
  await sql(`update rowhouse.tenants set plan = name where slug like 'odd-%'`, []);
  await useMeters(sql);
  await useDatabase(sql);
  await sql(
    `insert into rowhouse.backups (id, tenant_id, slug, kind, state, finished_at, error)
       select gen_random_uuid(), $1, text, 'manual', 'failed', now(), text from unnest($2::text[]) text`,
    [acme, texts],
  );
  await sql(
    `insert into rowhouse.exports (id, tenant_id, slug, size_bytes, sha256, tables, link_key, created_by, expires_at)
       select gen_random_uuid(), $1, text, 1, '', '[]', '', jsonb_build_object('type', 'user', 'id', text), now() + interval '1 day'
         from unnest($2::text[]) text`,
    [acme, texts],
  );
  await client.end();
}, 600_000);
afterAll(() => pages?.close());

type Sql = (text: string, values: unknown[]) => Promise<pg.QueryResult>;

/** Usage, of meters and plans with odd names, and receivers that failed. */
async function useMeters(sql: Sql): Promise<void> {
  const { rows } = await sql(
    `select to_char(now() at time zone 'UTC', 'YYYY-MM') as month, rowhouse.begin_usage(now())`,
    [],
  );
  month = rows[0].month;
  await sql('insert into rowhouse.usage_meters (name, unit) select text, text from unnest($1::text[]) text', [
    texts,
  ]);
  await sql(
    `insert into rowhouse.usage_counts (tenant_id, meter, hour, quantity)
       select t.id, text, date_trunc('hour', now()), 1 from rowhouse.tenants t, unnest($1::text[]) text
        where t.slug in ('odd-0', 'odd-1')`,
    [texts],
  );
  await sql(`select rowhouse.record_usage('infinity', 1000)`, []);
  // Counted late.
  await sql('update rowhouse.usage_counts set quantity = 2, is_recorded = false', []);
  await sql(`select rowhouse.record_usage('infinity', 1000)`, []);
  await sql(
    `insert into rowhouse.usage_sinks (name, seq, attempts, attempted_at, failure)
       select text, 0, 1, now(), text from unnest($1::text[]) text`,
    [texts],
  );
}

/** Statements of tenants, under way and slow, and a table with an odd name. */
async function useDatabase(sql: Sql): Promise<void> {
  await sql(
    `insert into rowhouse.activity_reports
       select gen_random_uuid(), now() + interval '1 day', 59, 0, 59, 0, 59, array_agg(t.id order by t.slug), array_agg(1::float8),
              array_agg(1::float8), array_agg(0::float8), array_agg(0),
              jsonb_object_agg(t.id, jsonb_build_object('seen', 1, 'shapes', jsonb_build_array(
                jsonb_build_object('shape', t.name, 'seen', 1, 'running', 1, 'longestMs', 1))))
         from rowhouse.tenants t where t.slug like 'odd-%'`,
    [],
  );
  await sql(
    `insert into rowhouse.metric_slow_statements (tenant_id, id, shape, calls, total_us, max_us, rows)
       select $1, 'odd-' || n, text, 1, 1000, 1000, 1 from unnest($2::text[]) with ordinality t (text, n)`,
    [acme, texts],
  );
  const table = pg.escapeIdentifier(ODD_TABLE);
  await sql(`create table ${schemaOf('acme')}.${table} ()`, []);
  await sql(
    `insert into rowhouse.metric_slow_statements (tenant_id, id, shape, calls, total_us, max_us, rows) values ($1, 'plan', $2, 9, 9000000, 9000, 1)`,
    [acme, `select * from ${table}`],
  );
}

const schemaOf = (slug: string) => `tenant_${slug}`;

/** Visits a page, and sees that all that a visitor may do by looking at it has happened. @returns which payloads it shows. */
async function look(path: string, then: (page: Page) => Promise<void> = async () => {}) {
  const [shown = []] = await lookAt([path], then);
  return shown;
}

/** The same for one page after the other. */
async function lookAt(paths: readonly string[], then: (page: Page) => Promise<void> = async () => {}) {
  const { page, complaints } = await pages.visit('/audit');
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  const shown: number[][] = [];
  for (const path of paths) {
    await page.goto(`${pages.app.url}/ui${path}`);
    await page.waitForLoadState('networkidle');
    await then(page);
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await page.waitForLoadState('networkidle');
    const text: string = await page.evaluate(TEXT);
    shown.push([...PAYLOADS.keys()].filter((index) => text.includes(markOf(index))));
    expect([path, await page.title(), await page.locator(FOREIGN).count()]).toEqual([
      path,
      expect.not.stringContaining('hit'),
      0,
    ]);
  }
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(pages.app.url))).toEqual([]);
  await page.context().close();
  return shown;
}

/** Fields included. */
const TEXT =
  "[document.body.innerText, ...[...document.querySelectorAll('input, textarea')].map(({ value }) => value)].join('\\n')";
/** What no page makes of texts. */
const FOREIGN =
  '#root :is(script, iframe, object, embed, base, meta, style:not([data-mantine-styles]), [onload], [onerror], [onfocus]), [href^="javascript:"]';

const each = <T extends readonly [string, string, number]>(...rows: T[]) => rows;

// A listing loads more as one scrolls, so that not all are there at once.
it.each(
  each(
    ['names of tenants', '/tenants?search=odd', 10],
    ['names and what failed', '', 1],
    ['settings', '/tenants/acme/settings', 1],
    ['labels of keys', '/tenants/acme/keys', 25],
    ['members', '/tenants/acme/members', 25],
    ['domains', '/tenants/acme/domains', 25],
    ['reasons of entries', '/tenants/acme/entries', 10],
    ['operations of a tenant', '/tenants/acme/operations', 25],
    ['operations', '/operations', 25],
    ['reasons in the audit trail of a tenant', '/tenants/acme/audit', 1],
    ['the audit trail', '/audit', 1],
    ['descriptions of webhooks', '/webhooks', 10],
    ['failures of jobs', '/jobs', 10],
    ['backups', '/backups', 25],
    ['backups of a tenant', '/tenants/acme/backups', 25],
    ['archives', '/transfers', 25],
    ['archives of a tenant', '/tenants/acme/transfers', 25],
    ['slow statements of a tenant', '/tenants/acme', 15],
    ['statements under way', '/load', 50],
    ['slow statements', '/load?tenant=acme', 50],
  ),
)('%s are text', async (_, path, atLeast) => {
  expect((await look(path)).length).toBeGreaterThanOrEqual(atLeast);
});

it('meters, plans, and who gets the records of usage are text', async () => {
  expect((await look(`/usage?month=${month}`)).length).toBe(PAYLOADS.length);
});

it('the plan of a statement is text', async () => {
  await look('/load?tenant=acme', async (page) => {
    const row = page.getByRole('row', { name: 'select * from' }).filter({ hasText: ODD_TABLE });
    await row.getByRole('button', { name: 'Show plan' }).click();
    await page.getByText(`Seq Scan on ${pg.escapeIdentifier(ODD_TABLE)}`).waitFor();
  });
});

it('what failed in an operation, and in the homes of a run, is text', async () => {
  expect(await look(`/operations/${failedOperations.at(-1)}`)).toContain(PAYLOADS.length - 1);
  expect((await look(`/operations/${run}`)).length).toBeGreaterThanOrEqual(10);
});

it('rows of tenants are text where two are compared', async () => {
  const shown = await look('/tenants/acme/compare', async (page) => {
    await page.getByRole('combobox', { name: 'Compare acme with' }).fill('then');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByRole('button', { name: 'Show rows' }).click();
    await page.getByRole('table', { name: 'Rows of products that differ' }).waitFor();
    await page.getByText(markOf(5)).first().waitFor();
  });
  expect(shown.length).toBeGreaterThanOrEqual(10);
});

it('the name of each tenant is text on its page', async () => {
  const shown = await lookAt([...PAYLOADS.keys()].map((index) => `/tenants/odd-${index}/settings`));
  shown.forEach((found, index) => {
    expect(found).toContain(index);
  });
});
