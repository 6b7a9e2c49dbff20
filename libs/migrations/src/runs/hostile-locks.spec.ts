/** @suite postgres15 */
import { createHash } from 'node:crypto';
import { Catalog, type Tenant, TenantPool } from '@rowhouse/core';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import { ROWS_HOME, SHARED_HOME } from '../homes/home.js';

const notes = migration('Notes1757000000001', ['create table notes (id serial primary key, text text)']);
const stars = migration('Stars1757000000002', ['alter table notes add stars int']);
const index = migration(
  'NotesIndex1757000000003',
  ['create index concurrently notes_text_idx on notes (text)'],
  [],
  { transaction: false },
);

const NEWCOMER = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const PURPOSES = ['home', 'tenant', 'run', 'prewarm'];

let deployment: Deployment;
let hostile: TenantPool;
const open: Catalog[] = [];

beforeEach(async () => {
  deployment = await openDeployment({ migrations: [notes] });
  hostile = new TenantPool({
    connectionString: deployment.database.loginUrl,
    ...deployment.tenancy,
    guard: { mode: 'off' },
  });
  hostile.on('error', () => {});
});
afterEach(async () => {
  await hostile.end();
  await Promise.all(open.splice(0).map((catalog) => catalog.close()));
  await deployment.close();
});

/** All that a tenant may hold: advisory locks under every key that can be computed, and what it may lock of the catalog. */
async function seizeAll(tenant: Tenant, ids: readonly string[]) {
  const client = await hostile.for(tenant).connect();
  const keys = [
    Buffer.from('rowhouse').readBigInt64BE(),
    ...PURPOSES.flatMap((purpose) =>
      ['', ...ids].map((id) =>
        createHash('sha256').update(`rowhouse-${purpose}:${id}`).digest().readBigInt64BE(),
      ),
    ),
  ];
  await client.query('begin');
  await client.query('select pg_advisory_lock(k) from unnest($1::bigint[]) k', [keys.map(String)]);
  const refused: string[] = [];
  const { rows } = await deployment.pool.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'rowhouse'::regnamespace and relkind = 'r'`,
  );
  for (const { name } of rows)
    for (const seizure of [
      `lock table rowhouse.${name} in access share mode`,
      `select from rowhouse.${name} for update`,
    ]) {
      await client.query('savepoint before');
      const code = await client.query(seizure).then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      if (code === '42501') refused.push(seizure);
      await client.query('rollback to savepoint before');
    }
  return {
    isRefusedAll: refused.length === rows.length * 2,
    async release() {
      await client.query('rollback');
      client.release();
    },
  };
}

describe('a tenant that holds every lock it can name', () => {
  it.each(['schema', 'row'] as const)(
    'stops no start, no provisioning, no migration, no purge and no repair (isolation %s)',
    async (isolation) => {
      const first = await deployment.fleet();
      const acme = await first.tenants.create({ slug: 'acme', isolation });
      const globex = await first.tenants.create({ slug: 'globex' });
      const seized = await seizeAll(acme, [acme.id, globex.id, NEWCOMER, ROWS_HOME.id, SHARED_HOME.id]);
      expect(seized.isRefusedAll).toBe(true);
      try {
        const catalog = new Catalog({ url: deployment.database.url });
        open.push(catalog);
        await catalog.migrate();

        const fleet = await deployment.fleet([notes, stars, index], { catalog });
        await fleet.tenants.create({ id: NEWCOMER, slug: 'initech' });
        const run = await fleet.migrations.run({ lockTimeoutMs: 500, retries: 0 });
        expect([run.state, run.failures]).toEqual(['succeeded', []]);
        await fleet.tenants.delete('globex');
        await fleet.tenants.purge('globex', { confirm: 'globex', beforeRetentionEnds: true });
        expect(await fleet.tenants.repair()).toEqual({ repaired: [], failed: [], busy: [] });
      } finally {
        await seized.release();
      }
    },
  );
});
