/** @suite postgres15 */
import { type Tenant, TenantContext } from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { until } from '../../../test/support/until.js';
import { copyRows, moveRows } from './between/copy-and-move.js';
import { cloneTenant } from './clone/clone-tenant.js';
import { importTenant } from './import/import-tenant.js';
import { JobsDeployment } from './jobs/jobs.fixture.js';

let open: JobsDeployment;
let fleet: Fleet;
/** The jobs that were run. */
const done: string[] = [];
beforeAll(async () => {
  open = await JobsDeployment.open({ withPlacement: true });
  fleet = open.fleet;
  await open.work([
    {
      name: 'greet',
      handle: async ({ data, tenant }) => void done.push(`${tenant.slug} ${JSON.stringify(data)}`),
    },
  ]);
});
afterAll(() => open.close());

const make = (isolation: Tenant['isolation'], placement: string, slug: string) =>
  fleet.tenants.create({ slug, isolation, placement });
const notesOf = (tenant: Tenant) =>
  open.deployment.query(fleet, tenant, 'select id, text from notes order by id');
const write = (tenant: Tenant, ...texts: string[]) =>
  open.deployment.query(
    fleet,
    tenant,
    `insert into notes (text) select unnest(array[${texts.map((text) => `'${text}'`)}])`,
  );

/** The schemas and roles of a tenant in the database of the placement, and those in the main one. */
async function tracesOf({ id, schema }: Tenant) {
  const { database, eu, roles } = open.deployment;
  const found: Record<string, unknown[]> = {};
  for (const [name, url] of Object.entries({ main: database.url, eu: eu?.url })) {
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(
      `select 'schema' as trace from pg_namespace where nspname = $1
       union all select 'owns' from pg_shdepend s join pg_roles r on r.oid = s.refobjid
        join pg_database d on d.oid = s.dbid where r.rolname = $2 and d.datname = current_database()`,
      [schema, rolesOf(roles).ofTenant({ id })],
    );
    found[name] = [...new Set(rows.map(({ trace }) => trace))].sort();
    await client.end();
  }
  return found;
}

describe.each(['schema', 'row'] as const)('a tenant with isolation %s', (isolation) => {
  it('moves to a placement, with its rows and sequences, and nothing is left behind', async () => {
    const here = await make(isolation, 'default', `here-${isolation}`);
    await write(here, 'a', 'b');
    const archive = await open.deployment.archive(fleet, here);
    const { tenant: there } = await importTenant(fleet, archive, {
      slug: `there-${isolation}`,
      placement: 'eu',
    });
    expect(there).toMatchObject({ placement: 'eu', isolation, status: 'active' });
    expect(await notesOf(there)).toMatchObject([{ text: 'a' }, { text: 'b' }]);
    await write(there, 'c');
    expect(await notesOf(there)).toHaveLength(3);

    await fleet.tenants.delete(here.slug);
    await fleet.tenants.purge(here.slug, { confirm: here.slug, beforeRetentionEnds: true });
    expect(await tracesOf(here)).toEqual({ main: [], eu: [] });
    if (isolation === 'schema') expect(await tracesOf(there)).toEqual({ main: [], eu: ['owns', 'schema'] });
    expect(await notesOf(there)).toHaveLength(3);
  });

  it('is cloned to a placement, and rows are copied and moved between and within placements', async () => {
    const here = await make(isolation, 'default', `source-${isolation}`);
    await write(here, 'a', 'b');
    const { tenant: clone } = await cloneTenant(fleet, here, { slug: `clone-${isolation}`, placement: 'eu' });
    expect(await notesOf(clone)).toMatchObject([{ text: 'a' }, { text: 'b' }]);
    const one = await make(isolation, 'eu', `one-${isolation}`);
    await moveRows(fleet, clone.slug, one.slug, {});
    expect([await notesOf(clone), await notesOf(one)]).toMatchObject([[], [{ text: 'a' }, { text: 'b' }]]);
    await copyRows(fleet, one.slug, here.slug, { onConflict: 'remap' });
    expect(await notesOf(here)).toHaveLength(4);
  });

  it('enqueues jobs with its transactions, which are moved to the catalog once, each to its tenant', async () => {
    const tenants = [
      await make(isolation, 'eu', `jobs-${isolation}`),
      await make(isolation, 'eu', `more-${isolation}`),
    ];
    for (const tenant of tenants) {
      const inTransaction = (fails: boolean) =>
        TenantContext.run(tenant, () =>
          open.registry.ambient.transaction(async (manager) => {
            await manager.query("insert into notes (text) values ('with a job')");
            const id = await open.jobs.enqueue('greet', { fails }, { manager });
            expect(await open.jobs.get(id).catch((error) => error.code)).toBe('JOB_NOT_FOUND');
            if (fails) throw new Error('rolled back');
          }),
        );
      await expect(inTransaction(true)).rejects.toThrow('rolled back');
      await inTransaction(false);
    }
    const expected = tenants.map(({ slug }) => `${slug} {"fails":false}`).sort();
    const ofThese = () => done.filter((one) => tenants.some(({ slug }) => one.startsWith(slug))).sort();
    await until(async () => ofThese().length === 2);
    expect(ofThese()).toEqual(expected);
    // Another tenant of the placement, and the tenant itself, read nothing of the outbox.
    for (const tenant of tenants)
      await expect(
        open.deployment.query(fleet, tenant, 'select * from rowhouse_jobs.outbox'),
      ).rejects.toThrow();
  });
});
