/** @suite postgres15 */
import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { freePort } from '../../../../test/support/free-port.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { securingStatements } from '../homes/row-policies.js';
import { TenantHomes } from '../homes/tenant-homes.js';
import { InMemoryTenantStore } from '../tenants/in-memory-tenant-store.js';
import { type Deployment, openDeployment } from './deployment.fixture.js';
import type { ExamineOptions } from './examination.js';

let deployment: Deployment;
let eu: TestDatabase;
let admin: pg.Client;
let homes: TenantHomes;
let changes: Partial<ExamineOptions>;
const suffix = randomBytes(3).toString('hex');
const initech = makeTenant(`initech-${suffix}`, { placement: 'eu' });
const contoso = makeTenant(`contoso-${suffix}`, { placement: 'eu', isolation: 'row' });

beforeAll(async () => {
  deployment = await openDeployment();
  eu = await createTestDatabase();
  const placements = { eu: { url: () => eu.loginUrl, ownerUrl: () => eu.url } };
  const app = { ...deployment.examineOptions.app, databases: { placements } };
  homes = new TenantHomes({ owner: { url: deployment.database.url }, pool: app });
  changes = { app, store: new InMemoryTenantStore([...deployment.tenants, initech, contoso]) };
  await homes.prepare(initech);
  admin = new pg.Client(eu.url);
  await admin.connect();
  await admin.query(
    `create table public.notes (tenant_id uuid not null, id uuid primary key);
     ${securingStatements('public.notes', deployment.roles.system).join('\n')}
     create table ${initech.schema}.products (id int primary key)`,
  );
  await homes.repairShared('eu');
});
afterAll(async () => {
  await admin?.end();
  await homes?.remove(initech);
  await homes?.close();
  await eu?.drop();
  await deployment?.close();
});

it('passes every check where the database of a placement is in good order', async () => {
  const checks = await deployment.examine(changes);
  expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(checks.map(({ id }) => id)).toContain('placements.reached');
});

const definer = `${initech.schema}.mighty()`;
it.each([
  [
    'rows.enforced',
    'alter table public.notes no force row level security',
    'alter table public.notes force row level security',
    'public.notes',
  ],
  [
    'rows.policies',
    'alter policy rowhouse_tenant on public.notes using (true)',
    `drop policy rowhouse_tenant on public.notes; drop policy rowhouse_system on public.notes; ${securingStatements('public.notes', 'SYSTEM').join('')}`,
    'rowhouse_tenant was altered',
  ],
  [
    'rows.permissive',
    'create policy wide on public.notes using (true)',
    'drop policy wide on public.notes',
    'wide on public.notes',
  ],
  [
    'functions.definer',
    `create function ${definer} returns int language sql security definer as 'select 1'`,
    `drop function ${definer}`,
    'mighty()',
  ],
  [
    'schemas.create',
    `grant create on schema ${initech.schema} to public`,
    `revoke create on schema ${initech.schema} from public`,
    `${initech.schema} by public`,
  ],
  [
    'shared.sequences',
    'create table public.tags (id serial); grant insert on public.tags to ROW',
    'drop table public.tags',
    'public.tags_id_seq',
  ],
  [
    'grants.missing',
    `revoke select on ${initech.schema}.products from TENANT`,
    `grant select on ${initech.schema}.products to TENANT`,
    `${initech.schema}.products`,
  ],
  [
    'grants.stray',
    `grant select on ${initech.schema}.products to public`,
    `revoke select on ${initech.schema}.products from public`,
    'PUBLIC',
  ],
  [
    'roles.powers',
    `alter table ${initech.schema}.products owner to TENANT`,
    `alter table ${initech.schema}.products owner to current_user; grant all on ${initech.schema}.products to TENANT`,
    'owner of objects',
  ],
])('%s finds it in the database of a placement', async (id, plant, uproot, detail) => {
  const { roles } = deployment;
  const named = (text: string) =>
    text
      .replaceAll('TENANT', `"${roles.ofTenant(initech)}"`)
      .replaceAll('SYSTEM', roles.system)
      .replaceAll('ROW', `"${roles.row}"`);
  await admin.query(named(plant));
  try {
    const found = await deployment.check(id, changes);
    expect(found?.status).not.toBe('pass');
    expect(found?.detail).toContain(detail);
    expect(found?.remedy).not.toBe('');
  } finally {
    await admin.query(named(uproot));
  }
  expect(await deployment.check(id, changes)).toMatchObject({ status: 'pass' });
});

it('says which placement it speaks of, and gives the statements for it', async () => {
  await admin.query('alter table public.notes no force row level security');
  try {
    expect(await deployment.check('rows.enforced', changes)).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/^On the placement eu: A table .* \(1: public\.notes\)$/),
      remedy: expect.stringMatching(/^-- on the placement eu:\nalter table public\.notes enable/),
    });
  } finally {
    await admin.query('alter table public.notes force row level security');
  }
});

it('reports a placement that is away, or whose database is another one, and examines the rest', async () => {
  const nobody = `postgres://nobody@127.0.0.1:${await freePort()}/nothing`;
  const placements = {
    eu: { url: () => eu.loginUrl, ownerUrl: () => eu.url },
    us: { url: () => nobody },
    ap: { url: () => deployment.database.loginUrl, ownerUrl: () => deployment.database.url },
  };
  const lost = makeTenant('lost', { placement: 'ap', isolation: 'row' });
  const store = new InMemoryTenantStore([...deployment.tenants, initech, contoso, lost]);
  const app = { ...deployment.examineOptions.app, databases: { placements } };
  const found = await deployment.check('placements.reached', { app, store });
  expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('ap: its database') });
  expect(found?.detail).toContain('ECONNREFUSED');
  expect(await deployment.check('rows.enforced', { app, store })).toMatchObject({ status: 'pass' });
});
