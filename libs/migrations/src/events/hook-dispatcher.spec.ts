import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Catalog, PostgresTenantStore, type Tenant, type TenantEventType } from '@rowhouse/core';
import { writeEvent } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { EventOutbox } from './event-outbox.js';
import { type DeliveryProblem, HookDispatcher, type TenantHook } from './hook-dispatcher.js';
import type { HookDeliveryOptions } from './hook-dispatcher-options.js';
import type { TenantEvent } from './tenant-event.js';

function latch() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { released, release };
}

/** Long enough to have no effect, in tests that are about something else. */
const NEVER_MS = 3_600_000;

describe('HookDispatcher', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let catalog: Catalog;
  let store: PostgresTenantStore;
  let opened: HookDispatcher[];
  let problems: DeliveryProblem[];

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
    catalog = new Catalog({ url: database.url });
    await catalog.migrate();
    store = new PostgresTenantStore({ pool });
  });

  afterAll(async () => {
    await catalog?.close();
    await pool?.end();
    await database?.drop();
  });

  beforeEach(async () => {
    await pool.query('truncate rowhouse.tenants, rowhouse.tenant_events, rowhouse.tenant_hooks cascade');
    opened = [];
    problems = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((dispatcher) => dispatcher.close()));
  });

  function open(hooks: readonly TenantHook[], delivery: HookDeliveryOptions = {}): HookDispatcher {
    const dispatcher = new HookDispatcher({
      catalog,
      hooks,
      delivery: { pollMs: NEVER_MS, backoffMs: 1, ...delivery },
      onProblem: (problem) => problems.push(problem),
    });
    opened.push(dispatcher);
    return dispatcher;
  }

  async function start(hooks: readonly TenantHook[], delivery?: HookDeliveryOptions) {
    const dispatcher = open(hooks, delivery);
    await dispatcher.start();
    return dispatcher;
  }

  const tell = (type: TenantEventType, tenant: Tenant) => catalog.run([writeEvent(type, tenant, undefined)]);

  const waiting = async () => {
    const { rows } = await pool.query<{ waiting: number }>(
      'select count(*)::int as waiting from rowhouse.tenant_event_deliveries',
    );
    return rows[0]?.waiting;
  };
  const allDelivered = () => until(async () => (await waiting()) === 0);

  /** A hook that records the events it gets. */
  function recorder(name = 'recorder') {
    const heard: TenantEvent[] = [];
    const lines = () => heard.map(({ type, tenant }) => `${tenant.slug} ${type}`);
    return { name, heard, lines, handle: (event: TenantEvent) => void heard.push(event) };
  }

  it('calls each hook for a change after the commit', async () => {
    const [first, second] = [recorder('first'), recorder('second')];
    await start([first, second]);
    const acme = await store.create({ slug: 'acme', metadata: { seats: 3 } });
    const client = await pool.connect();
    await client.query('begin');
    await client.query("select rowhouse.write_event('created', $1, null)", [acme.id]);
    await client.query("select rowhouse.write_event('suspended', $1, null)", [acme.id]);
    await client.query('rollback');
    client.release();
    await tell('created', acme);
    await until(() => first.heard.length > 0 && second.heard.length > 0);
    await allDelivered();
    expect(first.heard).toEqual(second.heard);
    expect(first.heard).toEqual([
      { id: expect.stringMatching(/^\d+$/), type: 'created', tenant: acme, createdAt: expect.any(Date) },
    ]);
    expect(problems).toEqual([]);
  });

  it('does not call a new hook for earlier events', async () => {
    const acme = await store.create({ slug: 'acme' });
    await start([recorder('old')]);
    await tell('created', acme);
    await allDelivered();

    const later = recorder('new');
    await start([later]);
    await tell('suspended', acme);
    await allDelivered();
    expect(later.lines()).toEqual(['acme suspended']);
  });

  it('delivers events that were written while no process ran', async () => {
    const hook = recorder();
    const acme = await store.create({ slug: 'acme' });
    const before = await start([hook]);
    await before.close();
    await tell('created', acme);
    expect(await waiting()).toBe(1);
    await start([hook]);
    await allDelivered();
    expect(hook.lines()).toEqual(['acme created']);
  });

  it('keeps the order of a tenant, however long a hook takes', async () => {
    const [acme, globex] = [await store.create({ slug: 'acme' }), await store.create({ slug: 'globex' })];
    const { released, release } = latch();
    const hook = recorder();
    const slow = {
      name: 'slow',
      async handle(event: TenantEvent) {
        if (event.type === 'created' && event.tenant.slug === 'acme') await released;
        hook.handle(event);
      },
    };
    await start([slow]);
    await start([slow]);
    for (const type of ['created', 'suspended', 'activated'] as const) {
      await tell(type, acme);
      await tell(type, globex);
    }
    await until(() => hook.lines().includes('globex activated'));
    expect(hook.lines()).toEqual(['globex created', 'globex suspended', 'globex activated']);
    release();
    await allDelivered();
    expect(hook.lines().slice(3)).toEqual(['acme created', 'acme suspended', 'acme activated']);
  });

  it('calls a failed hook again, and does not delay other tenants and hooks', async () => {
    const [acme, globex] = [await store.create({ slug: 'acme' }), await store.create({ slug: 'globex' })];
    const healthy = recorder('healthy');
    const calls: string[] = [];
    let isMended = false;
    const failing = {
      name: 'failing',
      handle({ tenant, type }: TenantEvent) {
        calls.push(`${tenant.slug} ${type}`);
        if (!isMended && tenant.slug === 'acme') throw new Error('the mail server is away\0');
      },
    };
    const dispatcher = await start([failing, healthy]);
    await tell('created', acme);
    await tell('suspended', acme);
    await tell('created', globex);
    await until(() => healthy.heard.length === 3 && calls.includes('globex created') && calls.length > 3);
    expect(calls).not.toContain('acme suspended');
    // The hook is called a moment before its delivery is recorded.
    await until(async () => {
      const [ofFailing, ofHealthy] = await dispatcher.stats();
      return ofFailing?.pending === 2 && ofHealthy?.pending === 0;
    });
    expect(await dispatcher.stats()).toEqual([
      { hook: 'failing', pending: 2, failing: 1 },
      { hook: 'healthy', pending: 0, failing: 0 },
    ]);
    expect(problems[0]).toMatchObject({ hook: 'failing', eventId: healthy.heard[0]?.id });
    const { rows } = await pool.query(
      'select error from rowhouse.tenant_event_deliveries where error is not null',
    );
    expect(rows).toEqual([{ error: 'the mail server is away' }]);

    isMended = true;
    await allDelivered();
    expect(calls.slice(-2)).toEqual(['acme created', 'acme suspended']);
  });

  it('delivers an event again when the process that took it was killed', async () => {
    const acme = await store.create({ slug: 'acme' });
    const hook = recorder();
    const killed = new EventOutbox(pool);
    await killed.register(['recorder']);
    await tell('created', acme);
    const [taken] = await killed.take(['recorder'], 4, 50);
    expect(taken).toMatchObject({ hook: 'recorder', attempt: 1, event: { type: 'created' } });

    await start([hook]);
    await allDelivered();
    expect(hook.heard).toMatchObject([{ id: taken?.event.id, type: 'created' }]);
  });

  it('does not take a delivery that another process has leased', async () => {
    const acme = await store.create({ slug: 'acme' });
    const other = new EventOutbox(pool);
    await other.register(['recorder']);
    await tell('created', acme);
    await tell('suspended', acme);
    const [taken] = await other.take(['recorder'], 4, NEVER_MS);
    expect(await other.take(['recorder'], 4, NEVER_MS)).toEqual([]);

    // Simulates the end of the lease.
    await pool.query('update rowhouse.tenant_event_deliveries set next_attempt_at = now()');
    const [again] = await other.take(['recorder'], 4, NEVER_MS);
    expect(again).toMatchObject({ attempt: 2, event: { id: taken?.event.id } });
    // The first process finishes, and its result must be ignored.
    if (taken) await other.delivered(taken);
    expect(await waiting()).toBe(2);
    if (again) await other.delivered(again);
    expect(await other.take(['recorder'], 4, NEVER_MS)).toMatchObject([{ event: { type: 'suspended' } }]);
  });

  it('renews its lease while a hook runs', async () => {
    const acme = await store.create({ slug: 'acme' });
    const { released, release } = latch();
    const calls: string[] = [];
    const slow = {
      name: 'slow',
      async handle({ id }: TenantEvent) {
        calls.push(id);
        await released;
      },
    };
    const timers = jest.spyOn(globalThis, 'setInterval');
    await start([slow], { leaseMs: NEVER_MS });
    await start([slow], { leaseMs: NEVER_MS, pollMs: 20 });
    await tell('created', acme);
    const dueAt = async () => {
      const { rows } = await pool.query('select next_attempt_at as at from rowhouse.tenant_event_deliveries');
      return (rows[0].at as Date).getTime();
    };
    await until(() => calls.length > 0);
    const first = await dueAt();
    const renewals = timers.mock.calls.filter(([, ms]) => ms === NEVER_MS / 3);
    timers.mockRestore();
    expect(renewals).toHaveLength(1);
    // The time of the timer has come.
    renewals[0]?.[0]();
    await until(async () => (await dueAt()) > first);
    expect(calls).toHaveLength(1);
    release();
    await allDelivered();
    expect(calls).toHaveLength(1);
  });

  it('delivers each event once in the ordinary case, with many processes', async () => {
    const hook = recorder();
    await Promise.all([start([hook]), start([hook]), start([hook])]);
    const tenants: Tenant[] = [];
    for (const n of Array(10).keys()) tenants.push(await store.create({ slug: `tenant-${n}` }));
    for (const type of ['created', 'suspended', 'activated'] as const) {
      await Promise.all(tenants.map((tenant) => tell(type, tenant)));
    }
    await until(() => hook.heard.length >= 30);
    await allDelivered();
    expect(new Set(hook.heard.map(({ id }) => id)).size).toBe(30);
    expect(hook.heard).toHaveLength(30);
    for (const { slug } of tenants) {
      const types = hook.heard.filter(({ tenant }) => tenant.slug === slug).map(({ type }) => type);
      expect(types).toEqual(['created', 'suspended', 'activated']);
    }
  });

  it('runs at most `concurrency` hooks at the same time', async () => {
    let [running, most] = [0, 0];
    const hook = {
      name: 'counted',
      async handle() {
        running += 1;
        most = Math.max(most, running);
        await delay(1);
        running -= 1;
      },
    };
    const dispatcher = open([hook], { concurrency: 2 });
    await new EventOutbox(pool).register(['counted']);
    for (const n of Array(8).keys()) await tell('created', await store.create({ slug: `tenant-${n}` }));
    await dispatcher.start();
    await allDelivered();
    expect(most).toBe(2);
  });

  it('listens again when its connection is lost', async () => {
    const acme = await store.create({ slug: 'acme' });
    const hook = recorder();
    await start([hook]);
    const listeners = async () => {
      const { rows } = await pool.query<{ pid: number }>(
        `select pid from pg_stat_activity
          where application_name = 'rowhouse-listener' and datname = current_database() and query like 'listen%'`,
      );
      return rows.map(({ pid }) => pid);
    };
    await until(async () => (await listeners()).length === 1);
    // Answers after the dispatcher's own: a first subscription that fails would be tried again by the next poll only.
    const stop = await catalog.listen('rowhouse_events', { notified: () => {}, missed: () => {} });
    const before = await listeners();
    await pool.query('select pg_terminate_backend($1)', before);
    await until(async () => {
      const now = await listeners();
      return now.length === 1 && now[0] !== before[0];
    });
    await tell('created', acme);
    await allDelivered();
    await stop();
    expect(hook.lines()).toEqual(['acme created']);
    expect(problems.length).toBeGreaterThan(0);
  });

  it('finds events by polling when a notification is lost', async () => {
    const acme = await store.create({ slug: 'acme' });
    const hook = recorder();
    await start([hook], { pollMs: 20 });
    await pool.query(
      `with event as (insert into rowhouse.tenant_events (tenant_id, type, tenant)
         select id, 'created', to_jsonb(t) from rowhouse.tenants t where id = $1 returning id)
       insert into rowhouse.tenant_event_deliveries (event_id, hook, tenant_id) select id, 'recorder', $1 from event`,
      [acme.id],
    );
    await allDelivered();
    expect(hook.lines()).toEqual(['acme created']);
  });

  it('waits for hooks in progress when it is closed, and takes no further deliveries', async () => {
    const acme = await store.create({ slug: 'acme' });
    const { released, release } = latch();
    let calls = 0;
    const slow = {
      name: 'slow',
      async handle() {
        calls += 1;
        await released;
      },
    };
    // One at a time: while it runs, nothing is being taken that close() would have to wait for.
    const dispatcher = await start([slow], { concurrency: 1 });
    await tell('created', acme);
    await tell('suspended', acme);
    await until(() => calls === 1);
    const closed = dispatcher.close();
    release();
    await closed;
    expect(calls).toBe(1);
    expect(await waiting()).toBe(1);
  });

  it('does not wait for a hook that never ends, and leaves its delivery to other processes', async () => {
    const acme = await store.create({ slug: 'acme' });
    const { released, release } = latch();
    let calls = 0;
    const endless = {
      name: 'endless',
      async handle() {
        calls += 1;
        await released;
      },
    };
    const dispatcher = await start([endless], { leaseMs: 100, closeTimeoutMs: 1 });
    await tell('created', acme);
    // More than once where the lease ends before it is renewed.
    await until(() => calls > 0);
    await dispatcher.close();
    expect(await waiting()).toBe(1);
    await start([{ name: 'endless', handle: () => undefined }]);
    await allDelivered();
    release();
  });

  it('deletes the pending deliveries of a retired hook', async () => {
    const acme = await store.create({ slug: 'acme' });
    await new EventOutbox(pool).register(['renamed']);
    await tell('created', acme);
    const dispatcher = await start([recorder()], { retired: ['renamed'] });
    expect(await dispatcher.stats()).toEqual([{ hook: 'recorder', pending: 0, failing: 0 }]);
  });

  it('refuses two hooks with the same name', () => {
    expect(() => open([recorder('a'), recorder('a')])).toThrow('expected different names, got a, a');
  });
});
