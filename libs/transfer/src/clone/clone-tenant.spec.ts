import { inspect } from 'node:util';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { cloneTenant, planClone, suggestMasks } from './clone-tenant.js';
import { defineMasks, mask } from './masks/mask-rules.js';

const SEED = 'a seed of the spec';
const ISOLATIONS: readonly TenantIsolation[] = ['schema', 'row', 'database'];

const wallOf = ({ roles }: TransferDeployment, table: string) => [
  `alter table ${table} add tenant_id uuid not null
     default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
  `create policy rowhouse_tenant on ${table}
     using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
  `create policy rowhouse_system on ${table} to ${roles}_system using (true)`,
  `alter table ${table} enable row level security, force row level security`,
];
const shopOf = (deployment: TransferDeployment) =>
  migration('Shop1757000000001', [
    `create table customers (id uuid primary key, email varchar(60), "Full Name" text, born date, code int, raw bytea,
       address jsonb, tags text[], ip inet, salary numeric(10, 2), note text, upper_note text generated always as (upper(note)) stored)`,
    `create table orders (id uuid primary key, customer_id uuid not null references customers (id), email varchar(60), total numeric)`,
    ...['customers', 'orders'].flatMap((table) => wallOf(deployment, table)),
  ]);

const MASKS = defineMasks({
  customers: {
    id: mask.hash(),
    email: mask.email(),
    'Full Name': mask.fake('name'),
    born: mask.shift({ days: 300 }),
    code: mask.hash(),
    raw: mask.hash(),
    address: mask.json({ street: mask.fake('street'), 'phones.*': mask.hash(), country: mask.keep() }),
    tags: mask.hash(),
    ip: mask.hash(),
    salary: mask.vary({ percent: 20 }),
    note: mask.with((value, row) => `${value.length} of ${row['code']}`),
  },
  orders: { id: mask.hash(), customer_id: mask.hash(), email: mask.email() },
});
const CLEAR = /secret|ada@|Lovelace|Sackville|44 555|x555555|10\.1\.2\.3/i;

let deployment: TransferDeployment;
let fleet: Fleet;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([shopOf(deployment)]);
});
afterEach(() => deployment.close());

async function acme(isolation: TenantIsolation = 'schema'): Promise<Tenant> {
  const tenant = await fleet.tenants.create({
    slug: 'acme',
    name: 'Secret Ltd',
    isolation,
    plan: 'pro',
    metadata: { contact: 'ada@secret.test' },
  });
  await deployment.query(
    fleet,
    tenant,
    `insert into customers values
      ('00000000-0000-4000-8000-000000000001', 'ada@secret.test', 'Ada Lovelace', '1815-12-10', 7, '\\x555555',
       '{"street": "2 Sackville St", "phones": ["+44 555"], "country": "GB", "other": "secret", "big": 12345678901234567890.5, "n": null}',
       '{secret,"a \\"secret\\"",null}', '10.1.2.3', 1234.50, E'a\\tsecret\\n'),
      ('00000000-0000-4000-8000-000000000002', null, null, null, null, null, null, null, null, null, null)`,
  );
  await deployment.query(
    fleet,
    tenant,
    `insert into orders values ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'ada@secret.test', 1)`,
  );
  return tenant;
}

async function contentOf(tenant: Tenant): Promise<Record<string, string | null>[]> {
  const rows = await deployment.query(
    fleet,
    tenant,
    `select c.id::text, c.email, c."Full Name", c.born::text, c.code::text, c.raw::text, c.address::text, c.tags::text, c.ip::text,
            c.salary::text, c.note, c.upper_note, o.customer_id::text, o.email as order_email, o.total::text
       from customers c left join orders o on o.customer_id = c.id order by o.id`,
  );
  return rows as Record<string, string | null>[];
}

describe.each(ISOLATIONS)('a clone of a tenant with isolation %s', (from) => {
  it.each(ISOLATIONS)(
    'to isolation %s has rows without what the masks name, and the same references',
    async (to) => {
      const source = await acme(from);
      const { tenant, rows } = await cloneTenant(fleet, source, {
        slug: 'acme-staging',
        isolation: to,
        masks: MASKS,
        seed: SEED,
      });
      expect(rows).toBe(3);
      expect(tenant).toMatchObject({
        slug: 'acme-staging',
        name: 'acme-staging',
        plan: 'pro',
        metadata: {},
        isolation: to,
      });
      const content = await contentOf(tenant);
      expect(JSON.stringify(content)).not.toMatch(CLEAR);
      const [one, two] = content;
      expect(one).toMatchObject({
        email: expect.stringMatching(/^[a-z]+\.[0-9a-z]{12}@example\.com$/),
        'Full Name': expect.stringMatching(/^\S+ \S+/),
        born: expect.stringMatching(/^18\d\d-\d\d-\d\d$/),
        note: '9 of 7',
        upper_note: '9 OF 7',
        customer_id: one?.['id'],
        order_email: one?.['email'],
        ip: expect.stringMatching(/^fd/),
        total: '1',
      });
      expect(one?.['tags']).toMatch(/^\{[0-9a-z]{20},[0-9a-z]{20},NULL\}$/);
      expect(JSON.parse(one?.['address'] as string)).toMatchObject({ country: 'GB', other: null, n: null });
      expect(one?.['address']).toContain('12345678901234567890.5');
      expect(one?.['salary']).not.toBe('1234.50');
      const { id, ...rest } = two ?? {};
      expect(Object.values(rest)).toEqual(Object.values(rest).map(() => null));
      // The source is as it was.
      expect(JSON.stringify(await contentOf(source))).toMatch(CLEAR);
    },
  );
});

describe('a clone', () => {
  it('is the same for the same seed, and another for another', async () => {
    const source = await acme();
    const made = [];
    for (const [slug, seed] of [
      ['one', SEED],
      ['two', SEED],
      ['three', `${SEED}!`],
    ] as const)
      made.push(await contentOf((await cloneTenant(fleet, source, { slug, masks: MASKS, seed })).tenant));
    expect(made[1]).toEqual(made[0]);
    expect(made[2]?.[0]?.['email']).not.toBe(made[0]?.[0]?.['email']);
  });

  it('is refused while columns with texts have no rule, and says which, with a file of rules that fits', async () => {
    const source = await acme();
    const { id, email, ...rest } = MASKS['customers'] ?? {};
    const masks = { ...MASKS, customers: { ...rest, id: mask.hash() } };
    await expect(cloneTenant(fleet, source, { slug: 'clone', masks })).rejects.toMatchObject({
      code: 'MASKS_INCOMPLETE',
      columns: ['customers.email'],
      suggestion: expect.stringContaining('email: mask.email(), // character varying(60)'),
    });
    await expect(fleet.tenants.find('clone')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    expect((await cloneTenant(fleet, source, { slug: 'clone', masks, strict: false })).rows).toBe(3);
    const suggested = await suggestMasks(fleet, source);
    expect(suggested).toContain('"Full Name": mask.fake(\'name\'), // text');
    expect(suggested).not.toContain('keep()');
  });

  it.each([
    ['an unknown table', { customer: {} }, 'there is no table customer'],
    ['an unknown column', { customers: { mail: mask.null() } }, 'there is no column customers.mail'],
    [
      'a generated column',
      { customers: { upper_note: mask.null() } },
      'no column customers.upper_note with values of its own',
    ],
    [
      'null where it cannot be',
      { orders: { customer_id: mask.null() } },
      'orders.customer_id: the column is not null',
    ],
    ['a rule of another type', { customers: { born: mask.email() } }, 'customers.born: email is for no date'],
    [
      'a key without its foreign key',
      { customers: { id: mask.hash() } },
      'orders.customer_id refers to customers.id',
    ],
    [
      'two functions',
      { customers: { id: mask.with(() => 'a') }, orders: { customer_id: mask.with(() => 'a') } },
      'the same rule',
    ],
  ])('refuses rules for %s', async (_, masks, text) => {
    const source = await acme();
    const refused = cloneTenant(fleet, source, { slug: 'clone', masks, strict: false });
    await expect(refused).rejects.toMatchObject({
      code: 'CLONE_REFUSED',
      message: expect.stringContaining(text),
    });
  });

  it.each([
    ['is no rule', { customers: { email: 'hash' as never } }],
    ['is no kind', { customers: { email: mask.fake('ssn' as never) } }],
  ])('refuses what %s', async (_, masks) => {
    await expect(cloneTenant(fleet, await acme(), { slug: 'clone', masks })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
  });

  it.each([
    [
      'throws the value',
      (value: string) => {
        throw new Error(value);
      },
      'The rule of customers.email failed',
    ],
    ['answers something else', () => 7 as never, 'The rule of customers.email failed'],
    [
      'answers too much',
      (value: string) => value.repeat(20),
      'The masked rows do not fit: a value (SQLSTATE 22001)',
    ],
  ])('tells nothing of a value whose function %s, and leaves nothing', async (_, make, text) => {
    const source = await acme();
    const masks = { ...MASKS, customers: { ...MASKS['customers'], email: mask.with(make) } };
    const error = await cloneTenant(fleet, source, { slug: 'clone', masks }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain(text);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(CLEAR);
    await expect(fleet.tenants.find('clone')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('is in the audit trail with the names of its rules, and with neither values nor the seed', async () => {
    const by = { type: 'operator', id: 'olga' } as const;
    const source = await acme();
    const { tenant } = await cloneTenant(fleet, source, { slug: 'clone', masks: MASKS, seed: SEED }, { by });
    const { rows } = await deployment.catalog.query(
      "select tenant_id, type, detail from rowhouse.tenant_events where type = 'created' and tenant_id = $1",
      [tenant.id],
    );
    expect(rows).toEqual([
      {
        tenant_id: tenant.id,
        type: 'created',
        detail: {
          clonedFrom: { id: source.id, slug: 'acme' },
          masks: expect.objectContaining({ 'customers.email': 'email', 'customers.Full Name': 'fake name' }),
        },
      },
    ]);
    const { rows: entries } = await deployment.catalog.query(
      'select to_jsonb(p)::text as text from rowhouse.audit_pending p union all select to_jsonb(e)::text from rowhouse.audit_entries e',
    );
    const trail = entries
      .map(({ text }) => text)
      .filter((text) => text.includes(tenant.id))
      .join();
    expect(trail).toContain('olga');
    expect(trail).not.toContain(SEED);
    expect(trail).not.toMatch(CLEAR);
  });

  it('has the name and metadata of its source without masks, and what is given', async () => {
    const { tenant } = await cloneTenant(fleet, await acme(), { slug: 'clone', plan: 'free' });
    expect(tenant).toMatchObject({
      name: 'Secret Ltd',
      plan: 'free',
      metadata: { contact: 'ada@secret.test' },
    });
  });

  it('is made once when two are asked for at a time', async () => {
    const source = await acme();
    const both = await Promise.allSettled([1, 2].map(() => cloneTenant(fleet, source, { slug: 'clone' })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await contentOf(await fleet.tenants.find('clone'))).toEqual(await contentOf(source));
  });

  it('leaves nothing when it is cancelled', async () => {
    const source = await acme();
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(
      cloneTenant(fleet, source, { slug: 'clone', masks: MASKS }, { signal: stop.signal, onProgress }),
    ).rejects.toThrow();
    await expect(fleet.tenants.find('clone')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    expect((await cloneTenant(fleet, source, { slug: 'clone' })).rows).toBe(3);
  });

  it('of a tenant whose row tables lack migrations is refused where it would wait for itself', async () => {
    const source = await acme('row');
    const later = await deployment.fleet([
      shopOf(deployment),
      migration('Later1757000000002', ['alter table customers add later text']),
    ]);
    await expect(cloneTenant(later, source, { slug: 'clone' })).rejects.toMatchObject({
      code: 'CLONE_REFUSED',
      message: expect.stringContaining('Later1757000000002'),
    });
    const { tenant } = await cloneTenant(later, source, { slug: 'clone', isolation: 'schema' });
    expect(await deployment.query(later, tenant, 'select later from customers limit 1')).toEqual([
      { later: null },
    ]);
  });

  it('keeps what refers to a table that all tenants share', async () => {
    await deployment.catalog.query('create table public.countries (code char(2) primary key)');
    await deployment.catalog.query("insert into public.countries values ('gb')");
    const here = await deployment.fleet([
      shopOf(deployment),
      migration('Offices1757000000002', [
        'create table offices (country char(2) references public.countries)',
      ]),
    ]);
    const source = await here.tenants.create({ slug: 'acme' });
    await deployment.asOwner(here, source, "insert into tenant_acme.offices values ('gb')");
    const offices = { country: mask.hash() };
    await expect(
      cloneTenant(here, source, { slug: 'clone', masks: { ...MASKS, offices } }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('offices.country: it refers to a table that is not'),
    });
    expect(await suggestMasks(here, source)).toContain('country: mask.keep()');
    const masks = { ...MASKS, offices: { country: mask.keep() } };
    expect((await cloneTenant(here, source, { slug: 'clone', masks })).rows).toBe(1);
  });

  it('does not wait for itself where a migration makes an index concurrently', async () => {
    const Index = migration('Index1757000000002', [
      'create index concurrently by_email on customers (email)',
    ]);
    Object.assign(Index.prototype, { transaction: false });
    const here = await deployment.fleet([shopOf(deployment), Index]);
    await here.migrations.run();
    await cloneTenant(here, await acme(), { slug: 'indexed', masks: MASKS });
    const { rows } = await deployment.catalog.query(
      "select indexdef from pg_indexes where schemaname = 'tenant_indexed' and indexname = 'by_email'",
    );
    expect(rows).toHaveLength(1);
  });

  it('is shown before it is made', async () => {
    const plan = await planClone(fleet, await acme(), { masks: MASKS });
    expect(plan.rows).toBe(3);
    expect(plan.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['customers', 2],
      ['orders', 1],
    ]);
    expect(plan.tables[1]?.columns).toContainEqual({
      name: 'email',
      type: 'character varying(60)',
      rule: 'email',
    });
    expect(plan.tables[1]?.columns).toContainEqual({ name: 'total', type: 'numeric', rule: undefined });
  });
});
