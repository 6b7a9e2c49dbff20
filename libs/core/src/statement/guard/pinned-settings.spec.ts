/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { prepareHomes } from '../../../../../test/support/homes.js';
import { makeTenant } from '../../../../../test/support/tenants.js';
import { TenantPool } from '../../pool/tenant-pool.js';
import { TenantContext } from '../../tenant-context.js';
import { isPinnedSetting } from './pinned-settings.js';

const acme = makeTenant('acme');

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, [acme]);
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** They end a statement of the tenant's at most, or are for passwords and replication. */
const HARMLESS = new Set([
  'lock_timeout',
  'md5_password_warnings',
  'password_encryption',
  'scram_iterations',
  'wal_sender_timeout',
]);

/** What a tenant can set, and what is about time, connections or their end. */
const SUSPICIOUS = `select name from pg_settings where context = 'user' and
  (name ~ 'timeout|exit' or category ~ '^Connections' or short_desc ~* 'terminat|disconnect|keepalive') order by name`;

describe('settings by which a tenant could end its connection', () => {
  it('are all known, in this version of PostgreSQL', async () => {
    const { rows } = await admin.query<{ name: string }>(SUSPICIOUS);
    const names = rows.map(({ name }) => name);
    expect(names).toContain('exit_on_error');
    expect(names.filter((name) => !isPinnedSetting(name) && !HARMLESS.has(name))).toEqual([]);
  });

  it('are refused in every spelling', async () => {
    const pool = new TenantPool({ connectionString: database.loginUrl, max: 1 });
    const { rows } = await admin.query<{ name: string }>(SUSPICIOUS);
    for (const { name } of rows) {
      const query = (text: string) => TenantContext.run(acme, () => pool.query(text));
      if (HARMLESS.has(name)) continue;
      for (const text of [
        `set ${name} = 1`,
        `set local ${name.toUpperCase()} to 1`,
        `reset ${name}`,
        `select set_config('${name}', '1', true)`,
      ])
        await expect(query(text)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    }
    await TenantContext.run(acme, () => pool.query("set local lock_timeout = '1s'"));
    await pool.end();
  });
});
