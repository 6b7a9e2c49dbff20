import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import type pg from 'pg';
import Cursor from 'pg-cursor';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { until } from '../../../../test/support/until.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import type { ObservedStatement, PoolObserver } from './pool-observation.js';
import { TenantPool, type TenantPoolConfig } from './tenant-pool.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

class Ears implements PoolObserver {
  readonly statements: { key: string; statement: ObservedStatement }[] = [];
  readonly waits: { key: string; durationMs: number }[] = [];
  readonly exhaustions: string[] = [];

  begun(): unknown {
    return TenantContext.get()?.slug;
  }

  statement(key: string, statement: ObservedStatement): void {
    this.statements.push({ key, statement });
  }

  waited(key: string, durationMs: number): void {
    this.waits.push({ key, durationMs });
  }

  exhausted(key: string): void {
    this.exhaustions.push(key);
  }

  cacheRead(): void {}

  of({ id }: Tenant) {
    return this.statements
      .filter(({ key }) => key === id)
      .map(({ statement: { text, rows, failed } }) => ({ text, rows, failed }));
  }
}

let database: TestDatabase;
let ears: Ears;
const pools: TenantPool[] = [];

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: database.loginUrl, max: 2, ...config });
  pools.push(pool);
  ears = new Ears();
  pool.observe(ears);
  return pool;
}

const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [acme, globex]);
});
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));
afterAll(() => database.drop());

describe('an observer of a pool', () => {
  it('hears of each statement once, with its tenant, its rows and whether it failed', async () => {
    const pool = openPool();
    await as(acme, async () => {
      await pool.query('select n from generate_series(1, $1) n', [3]);
      await pool.query('select 1 where false');
      await pool.query('select 1/0').catch(() => {});
      await pool.query('select 1; select 2 union select 3');
    });
    await TenantContext.runAsSystem('spec', () => pool.query('select 7'));
    expect(ears.of(acme)).toEqual([
      { text: 'select n from generate_series(1, $1) n', rows: 3, failed: false },
      { text: 'select 1 where false', rows: 0, failed: false },
      { text: 'select 1/0', rows: 0, failed: true },
      { text: 'select 1; select 2 union select 3', rows: 3, failed: false },
    ]);
    expect(ears.statements.filter(({ key }) => key === '')).toHaveLength(1);
    for (const { statement } of ears.statements) expect(statement.durationMs).toBeGreaterThan(0);
  });

  it('counts rows that are changed, once, whether they come back or not, in a transaction too', async () => {
    const pool = openPool();
    await as(acme, async () => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('create temp table t (n int) on commit drop');
      await client.query('insert into t select generate_series(1, 4)');
      await client.query('update t set n = n + 1 where n < 3 returning n');
      await client.query('rollback');
      client.release();
    });
    expect(ears.of(acme).map(({ rows }) => rows)).toEqual([0, 0, 4, 2, 0]);
  });

  it('keeps two tenants on the same connections apart, and knows in whose context each was sent', async () => {
    const pool = openPool();
    const asked = [acme, globex].flatMap((tenant) =>
      Array.from({ length: 25 }, (_, n) =>
        as(tenant, () => pool.query('select $1::text, $2::int', [tenant.slug, n])),
      ),
    );
    await Promise.all(asked);
    for (const tenant of [acme, globex]) expect(ears.of(tenant)).toHaveLength(25);
    for (const { key, statement } of ears.statements)
      expect(statement.begun).toBe(key === acme.id ? 'acme' : 'globex');
  });

  it('hears of a cursor when it ends, and of a statement whose connection is lost', async () => {
    const pool = openPool();
    await as(acme, async () => {
      const client = await pool.connect();
      const cursor = client.query(new Cursor('select generate_series(1, 10)'));
      await cursor.read(4);
      expect(ears.of(acme)).toEqual([]);
      await cursor.read(4);
      await cursor.close();
      client.release();
    });
    expect(ears.of(acme)).toMatchObject([{ rows: 8, failed: false }]);
    await as(globex, () => pool.query('select pg_terminate_backend(pg_backend_pid())')).catch(() => {});
    await as(globex, () => pool.query('select 1'));
    expect(ears.of(globex).at(-1)).toMatchObject({ failed: false });
  });

  it('hears of requests that waited, and of those that got nothing', async () => {
    const pool = openPool({ limits: { concurrency: 1, queue: 1 } });
    const client = await as(acme, () => pool.connect());
    expect(ears.waits).toEqual([]);
    const waiting: Promise<pg.QueryResult> = as(acme, () => pool.query('select 1'));
    await expect(as(acme, () => pool.query('select 2'))).rejects.toMatchObject({
      code: 'TENANT_POOL_EXHAUSTED',
    });
    client.release();
    await waiting;
    expect(ears.waits.map(({ key }) => key)).toEqual([acme.id]);
    expect(ears.exhaustions).toEqual([acme.id]);
  });

  it('can see what is under way, as long as it is', async () => {
    const pool = openPool({ guard: { mode: 'off' } });
    const blocker = await as(acme, () => pool.connect());
    await blocker.query('begin');
    await blocker.query('select pg_advisory_xact_lock(29)');
    const waits = as(globex, () => pool.query('select pg_advisory_xact_lock(29)'));
    await until(() => pool.running().length > 0);
    expect(pool.running()).toEqual([
      { key: globex.id, text: 'select pg_advisory_xact_lock(29)', ageMs: expect.any(Number) },
    ]);
    await blocker.query('rollback');
    blocker.release();
    await waits;
    expect(pool.running()).toEqual([]);
    await as(globex, () => pool.query('select pg_terminate_backend(pg_backend_pid())')).catch(() => {});
    // The connection may break before its last message is read: it ends a moment later then.
    await until(() => pool.running().length === 0);
  });

  it('hears nothing after its end', async () => {
    const pool = openPool();
    const stop = pool.observe(ears);
    await as(acme, () => pool.query('select 1'));
    stop();
    await as(acme, () => pool.query('select 2'));
    expect(ears.of(acme)).toHaveLength(1);
  });
});
