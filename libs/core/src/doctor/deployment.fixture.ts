import { randomBytes } from 'node:crypto';
import { createTestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { makeTenant } from '../../../../test/support/tenants.js';
import { securingStatements } from '../homes/row-policies.js';
import { TenantHomes } from '../homes/tenant-homes.js';
import type { TenancyPoolOptions } from '../pool-options.js';
import { rolesOf, type Tenant } from '../tenant.js';
import { InMemoryTenantStore } from '../tenants/in-memory-tenant-store.js';
import type { ExamineOptions } from './examination.js';
import { CHECKS, examine, examineBy } from './examine.js';
import type { CheckReport } from './report.js';

/**
 * A deployment in good order: two tenants with schemas, one with rows, one with a database, and a login that owns
 * nothing.
 */
export async function openDeployment(pool: TenancyPoolOptions = {}) {
  const database = await createTestDatabase();
  const prefix = `doc_${randomBytes(5).toString('hex')}`;
  const roles = rolesOf(prefix);
  const suffix = randomBytes(3).toString('hex');
  const acme = makeTenant(`acme-${suffix}`);
  const globex = makeTenant(`globex-${suffix}`);
  const hooli = makeTenant(`hooli-${suffix}`, { isolation: 'row' });
  const umbrella = makeTenant(`umbrella-${suffix}`, { isolation: 'database' });
  const tenants: readonly Tenant[] = [acme, globex, hooli, umbrella];
  const login = new URL(database.loginUrl).username;
  const options: TenancyPoolOptions = { roles: prefix, ...pool };
  const homes = new TenantHomes({ owner: { url: database.url }, logins: [login], pool: options });
  const admin = new pg.Client(database.url);
  await admin.connect();
  await admin.query(
    `create table public.countries (code text);
     create table public.authors (tenant_id uuid not null, id uuid primary key, name text, unique (tenant_id, id));
     create table public.books (tenant_id uuid not null, id uuid primary key, author uuid,
       foreign key (tenant_id, author) references public.authors (tenant_id, id))`,
  );
  await homes.prepareDeployment();
  for (const table of ['public.authors', 'public.books'])
    await admin.query(securingStatements(table, options.roles ? roles.system : undefined).join('\n'));
  await homes.repairShared();
  for (const tenant of tenants) await homes.prepare(tenant);
  for (const { schema } of [acme, globex])
    await admin.query(`create table ${schema}.products (id int primary key, name text)`);

  const examineOptions: ExamineOptions = {
    app: { connectionString: database.loginUrl, ...options },
    owner: { url: database.url },
    store: new InMemoryTenantStore(tenants),
  };

  return {
    ...{
      database,
      admin,
      roles,
      prefix,
      login,
      homes,
      acme,
      globex,
      hooli,
      umbrella,
      tenants,
      examineOptions,
    },
    examine: async (changes: Partial<ExamineOptions> = {}): Promise<readonly CheckReport[]> =>
      (await examine({ ...examineOptions, ...changes })).checks,
    /** One check's report. */
    async check(id: string, changes: Partial<ExamineOptions> = {}): Promise<CheckReport | undefined> {
      const wanted = CHECKS.filter((check) => check.id === id);
      return (await examineBy(wanted, { ...examineOptions, ...changes })).checks[0];
    },
    async close() {
      await homes.remove(umbrella);
      await homes.close();
      await admin.end();
      await database.drop();
      const server = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
      await server.connect();
      const { rows } = await server.query<{ name: string }>(
        'select rolname::text as name from pg_roles where starts_with(rolname::text, $1)',
        [`${prefix}_`],
      );
      for (const { name } of rows) await server.query(`drop role ${pg.escapeIdentifier(name)}`);
      await server.end();
    },
  };
}

export type Deployment = Awaited<ReturnType<typeof openDeployment>>;

/** Plants a fault by SQL, runs a check, and removes the fault again, also when the check fails. */
export async function planted(
  { admin, check }: Deployment,
  id: string,
  plant: string,
  uproot: string,
): Promise<CheckReport | undefined> {
  await admin.query(plant);
  try {
    return await check(id);
  } finally {
    await admin.query(uproot);
  }
}
