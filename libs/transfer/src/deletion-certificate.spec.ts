import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Tenant } from '@rowhouse/core';
import { runInAuditContext } from '@rowhouse/core/internal';
import type { Fleet, KeptCertificate } from '@rowhouse/migrations/fleet';
import { exportToFolder } from './export/export-to-folder.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const tenantPolicies = (roles: string, table: string) => [
  `alter table ${table} add tenant_id uuid not null
     default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
  `create policy rowhouse_tenant on ${table}
     using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
  `create policy rowhouse_system on ${table} to ${roles}_system using (true)`,
  `alter table ${table} enable row level security, force row level security`,
];

const shopOf = (roles: string) =>
  migration('Shop1757000000001', [
    'create table "Weird Name" (id int)',
    'create table customers (id serial primary key, name text not null)',
    'create table orders (id serial primary key, customer int references customers, day date not null)',
    'create table notes (id serial primary key, parent int references notes)',
    'create table events (day int) partition by range (day)',
    'create table events_1 partition of events for values from (0) to (10)',
    ...['"Weird Name"', 'customers', 'orders', 'notes', 'events'].flatMap((table) =>
      tenantPolicies(roles, table),
    ),
  ]);

const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

let deployment: TransferDeployment;
let fleet: Fleet;

beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([shopOf(deployment.roles)], undefined, {
    exportTenant: exportToFolder,
    certificateKey: privateKey,
  });
});
afterAll(() => deployment.close());

async function filled(slug: string, isolation: Tenant['isolation']): Promise<Tenant> {
  const tenant = await fleet.tenants.create({ slug, isolation });
  await deployment.query(fleet, tenant, `insert into customers (name) select 'c' from generate_series(1, 7)`);
  await deployment.query(
    fleet,
    tenant,
    `insert into orders (customer, day) select (select min(id) from customers), current_date from generate_series(1, 3)`,
  );
  await deployment.query(fleet, tenant, 'insert into events (day) values (1), (2)');
  await deployment.query(fleet, tenant, 'insert into "Weird Name" (id) values (1)');
  await deployment.query(fleet, tenant, 'insert into notes (parent) values (null), (null)');
  await fleet.tenants.delete(tenant.id, { retentionDays: 0 });
  return tenant;
}

const by = { type: 'operator', id: 'ada' };

function rowsOf({ certificate }: KeptCertificate): Record<string, number | null> {
  const found: Record<string, number | null> = {};
  for (const { name, rows } of certificate.tables) {
    const table = name
      .replace(/^public\./, '')
      .replaceAll('"', '')
      .replace('events_1', 'events');
    if (!table.startsWith('migrations') && !table.startsWith('rowhouse'))
      found[table] = (found[table] ?? 0) + (rows ?? 0);
  }
  return found;
}

it.each(['schema', 'database', 'row'] as const)(
  'a purge with isolation %s is certified, with what it removed',
  async (isolation) => {
    const other = await fleet.tenants.create({ slug: `other-${isolation}`, isolation });
    await deployment.query(fleet, other, `insert into customers (name) values ('stays')`);
    const tenant = await filled(`gone-${isolation}`, isolation);
    const purged = await runInAuditContext({ reason: 'asked for by the customer' }, () =>
      fleet.tenants.purge(tenant.id, { confirm: tenant.slug, exportTo: deployment.folder }, { by }),
    );
    const kept = purged.certificate;
    expect(rowsOf(kept)).toEqual({ customers: 7, orders: 3, events: 2, notes: 2, 'Weird Name': 1 });
    const content = await readFile(purged.exportedTo ?? '');
    expect(kept.certificate).toMatchObject({
      tenant: { id: tenant.id, slug: tenant.slug, isolation },
      by,
      reason: 'asked for by the customer',
      export: { sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') },
    });
    expect(kept.certificate.home === null).toBe(isolation === 'row');

    for (const name of [tenant.id, tenant.slug]) expect(await fleet.tenants.certificate(name)).toEqual(kept);
    expect(kept.sha256).toBe(createHash('sha256').update(JSON.stringify(kept.certificate)).digest('hex'));
    const { rows } = await deployment.catalog.query(
      `select e.seq::float8 as seq, pg_catalog.encode(e.hash, 'hex') as hash, e.action, e.after from rowhouse.audit_entries e
        where e.tenant_id = $1 and e.action in ('tenant.purged', 'tenant.certified') order by e.seq`,
      [tenant.id],
    );
    expect(rows).toMatchObject([
      { action: 'tenant.purged', ...kept.certificate.audit },
      { action: 'tenant.certified', after: { sha256: kept.sha256 } },
    ]);
    const [header = '', payload = '', signature = ''] = kept.jws?.split('.') ?? [];
    const key = createPublicKey(publicKey);
    const signed = (text: string) =>
      verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual(kept.certificate);
    expect([signed(`${header}.${payload}`), signed(`${header}.${payload}A`)]).toEqual([true, false]);

    expect(await deployment.query(fleet, other, 'select name from customers')).toEqual([{ name: 'stays' }]);
  },
);

it.each(['schema', 'row'] as const)(
  'a purge with isolation %s that was interrupted is certified as a whole',
  async (isolation) => {
    const tenant = await filled(`broken-${isolation}`, isolation);
    const stop = new AbortController();
    const stopped = fleet.tenants.purge(
      tenant.id,
      { confirm: tenant.slug },
      { by, signal: stop.signal, onProgress: ({ step }) => step !== 'foreignKeys' && stop.abort() },
    );
    await expect(stopped).rejects.toThrow();
    expect(await fleet.tenants.repair({ tenants: [tenant.slug] }, { by })).toMatchObject({
      repaired: [{ slug: tenant.slug, did: 'purged' }],
    });
    const kept = await fleet.tenants.certificate(tenant.id);
    expect(rowsOf(kept)).toEqual({ customers: 7, orders: 3, events: 2, notes: 2, 'Weird Name': 1 });
  },
);

it('rows that policies hide from the owner are counted', async () => {
  const tenant = await filled('hidden', 'schema');
  await deployment.asOwner(
    fleet,
    tenant,
    'alter table customers enable row level security; alter table customers force row level security; ' +
      'create policy none on customers using (false)',
  );
  const { certificate } = await fleet.tenants.purge(tenant.id, { confirm: tenant.slug });
  expect(rowsOf(certificate)).toMatchObject({ customers: 7 });
});

it('a tenant that was not purged has no certificate', async () => {
  await fleet.tenants.create({ slug: 'alive' });
  for (const name of ['alive', 'never', '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11'])
    await expect(fleet.tenants.certificate(name)).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_FOUND' });
});

it('a key that cannot sign is refused at the start', async () => {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  for (const certificateKey of ['no key', publicKey, rsa.privateKey])
    await expect(deployment.fleet([], undefined, { certificateKey })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
});
