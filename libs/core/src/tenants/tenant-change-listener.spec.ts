import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { migrateCatalog } from '../catalog/migrate-catalog.js';
import { type ListenerEvent, TENANT_LISTENER_CHANNEL } from '../catalog/notifications.js';
import { PostgresTenantStore } from './postgres-tenant-store.js';
import { TenantChangeListener } from './tenant-change-listener.js';
import { TenantDirectory } from './tenant-directory.js';

describe('TenantChangeListener', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: PostgresTenantStore;
  let listener: TenantChangeListener;
  let heard: (string | undefined)[];
  let events: ListenerEvent[];
  const record = (event: unknown) => void events.push(event as ListenerEvent);

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    // pool.end() does not wait until its connections are closed, and drop() ends those that are left.
    pool.on('error', () => undefined);
    await migrateCatalog(pool);
  });

  afterAll(async () => {
    await pool?.end();
    await database?.drop();
  });

  beforeEach(async () => {
    await pool.query('truncate rowhouse.tenants cascade');
    heard = [];
    events = [];
    subscribe(TENANT_LISTENER_CHANNEL, record);
    listener = new TenantChangeListener({ directUrl: database.url, backoffMs: 5, maxBackoffMs: 20 });
    store = new PostgresTenantStore({ pool, listener });
  });

  afterEach(async () => {
    await listener.close();
    unsubscribe(TENANT_LISTENER_CHANNEL, record);
  });

  const hear = (tenantId: string | undefined) => void heard.push(tenantId);

  const backends = async () => {
    const { rows } = await pool.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'rowhouse-listener' and datname = current_database()",
    );
    return rows.map(({ pid }) => pid);
  };

  it('tells every subscriber which tenant changed', async () => {
    const second: (string | undefined)[] = [];
    await store.subscribe(hear);
    await listener.subscribe((tenantId) => second.push(tenantId));
    expect(listener.isListening).toBe(true);
    expect(await backends()).toHaveLength(1);

    const { id } = await store.create({ slug: 'acme' });
    await until(() => heard.length === 1 && second.length === 1);
    await store.addApiKey(id, 'ci');
    await until(() => heard.length === 2 && second.length === 2);
    expect([heard, second]).toEqual([
      [id, id],
      [id, id],
    ]);
  });

  it('takes a notification without a tenant to mean that anything may have changed', async () => {
    await store.subscribe(hear);
    await pool.query('notify rowhouse_tenants');
    await until(() => heard.length === 1);
    expect(heard).toEqual([undefined]);
  });

  it('ignores what the catalog does not send, and counts it', async () => {
    await store.subscribe(hear);
    await pool.query("notify rowhouse_tenants, 'everything!'");
    const { id } = await store.create({ slug: 'acme' });
    await until(() => heard.length === 1);
    expect([heard, listener.ignored]).toEqual([[id], 1]);
  });

  it('is not kept busy by a hundred thousand notifications of somebody else', async () => {
    const directory = new TenantDirectory(store, { feed: listener });
    await directory.start();
    const { id } = await store.create({ slug: 'acme' });
    await until(async () => (await directory.byId(id)) !== undefined && directory.stats().size === 1);
    let invalidations = 0;
    const invalidate = directory.invalidate.bind(directory);
    directory.invalidate = (tenantId) => {
      invalidations++;
      invalidate(tenantId);
    };
    await pool.query(
      `select pg_notify('rowhouse_tenants', case i % 3 when 0 then '' when 1 then 'garbage ' || i else gen_random_uuid()::text end)
         from generate_series(1, 100000) i`,
    );
    const { id: last } = await store.create({ slug: 'globex' });
    await until(() => listener.ignored >= 33_333);
    await until(async () => (await directory.byId(last)) !== undefined);
    expect(invalidations).toBeLessThan(2_000);
    await directory.close();
  });

  it('connects again when the server ends the connection, and tells that anything may have changed', async () => {
    await store.subscribe(hear);
    const before = await backends();
    await pool.query('select pg_terminate_backend($1)', before);
    await until(() => heard.length === 1);
    expect(heard).toEqual([undefined]);
    expect(listener.isListening).toBe(true);
    expect(await backends()).not.toEqual(before);
    expect(events.map(({ kind }) => kind)).toEqual(['lost', 'restored']);

    const { id } = await store.create({ slug: 'acme' });
    await until(() => heard.length === 2);
    expect(heard).toEqual([undefined, id]);
  });

  it('holds the connection only while there are subscribers', async () => {
    expect(await backends()).toHaveLength(0);
    const leave = await listener.subscribe(hear);
    const leaveToo = await listener.subscribe(() => undefined);
    await leave();
    await leave();
    expect(listener.isListening).toBe(true);
    await store.create({ slug: 'acme' });
    await leaveToo();
    expect(listener.isListening).toBe(false);
    await until(async () => (await backends()).length === 0);
    expect(heard).toEqual([]);

    await listener.subscribe(hear);
    const { id } = await store.create({ slug: 'globex' });
    await until(() => heard.length === 1);
    expect(heard).toEqual([id]);
  });

  it('ends the connection when closed, and stays closed', async () => {
    await listener.subscribe(hear);
    await listener.close();
    await listener.close();
    expect(listener.isListening).toBe(false);
    await until(async () => (await backends()).length === 0);
    await expect(listener.subscribe(hear)).rejects.toThrow(/closed/);
    expect(events).toEqual([]);
  });

  it('can be closed while it connects', async () => {
    const subscribing = listener.subscribe(hear);
    const closing = listener.close();
    await expect(subscribing).rejects.toThrow(/stopped listening/);
    await closing;
    await until(async () => (await backends()).length === 0);
  });

  it('fails at once when the first connection cannot be made, and may be asked again', async () => {
    const wire = await Wire.to(database.url);
    const afar = new TenantChangeListener({ directUrl: wire.url, backoffMs: 5 });
    try {
      wire.refuse();
      await expect(afar.subscribe(hear)).rejects.toThrow();
      expect(afar.isListening).toBe(false);
      wire.accept();
      await afar.subscribe(hear);
      expect(afar.isListening).toBe(true);
    } finally {
      await afar.close();
      await wire.close();
    }
    await expect(
      new TenantChangeListener({ directUrl: 'postgres://127.0.0.1:1/none' }).subscribe(hear),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('keeps trying through a long outage, makes new subscribers wait, and stops trying when closed', async () => {
    const wire = await Wire.to(database.url);
    const afar = new TenantChangeListener({ directUrl: wire.url, backoffMs: 5, maxBackoffMs: 20 });
    try {
      await afar.subscribe(hear);
      wire.refuse();
      await until(() => events.filter(({ kind }) => kind === 'retry').length >= 4);
      expect(heard).toEqual([]);
      const late: (string | undefined)[] = [];
      const waiting = afar.subscribe((tenantId) => late.push(tenantId));
      wire.accept();
      await waiting;
      expect(afar.isListening).toBe(true);
      expect(heard).toEqual([undefined]);

      wire.refuse();
      await until(() => !afar.isListening);
      const never = afar.subscribe(hear);
      await Promise.all([afar.close(), expect(never).rejects.toThrow(/stopped listening/)]);
      await until(async () => (await backends()).length === 0);
      wire.accept();
      expect(await backends()).toHaveLength(0);
    } finally {
      await afar.close();
      await wire.close();
    }
  });

  /** A first connection that fails, as on a busy machine, is left to the subscriber to try again. */
  const subscribeAfar = (afar: TenantChangeListener) =>
    until(() =>
      afar.subscribe(hear).then(
        () => true,
        () => false,
      ),
    );

  it('finds a connection on which nothing comes back any more, and replaces it', async () => {
    const wire = await Wire.to(database.url);
    const afar = new TenantChangeListener({
      directUrl: wire.url,
      keepaliveMs: 20,
      answerTimeoutMs: 500,
      backoffMs: 5,
    });
    try {
      await subscribeAfar(afar);
      const before = events.length;
      wire.freeze();
      // On a busy machine an answer may be so slow that it counts as none: then there are more losses than this one.
      await until(() => events.slice(before).some(({ kind }) => kind === 'restored'));
      expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({
        error: { message: 'Query read timeout' },
      });
      expect(heard[0]).toBeUndefined();
      const created: string[] = [];
      await until(async () => {
        const { id } = await store.create({ slug: `acme-${created.length}` });
        created.push(id);
        await until(() => heard.length > created.length);
        return heard.some((tenantId) => tenantId && created.includes(tenantId));
      });
    } finally {
      await afar.close();
      await wire.close();
    }
  });

  it('closes a connection that does not answer the goodbye', async () => {
    const wire = await Wire.to(database.url);
    const afar = new TenantChangeListener({ directUrl: wire.url, answerTimeoutMs: 500 });
    try {
      await subscribeAfar(afar);
      wire.freeze();
      await afar.close();
      expect(afar.isListening).toBe(false);
    } finally {
      await wire.close();
    }
  });

  it('names the option that is wrong', () => {
    expect(() => new TenantChangeListener({ directUrl: database.url, keepaliveMs: 0 })).toThrow(
      /keepaliveMs/,
    );
    expect(() => new TenantChangeListener({ directUrl: '' })).toThrow(/directUrl/);
  });
});

/** A network between listener and PostgreSQL that can be taken down. */
class Wire {
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server: Server;
  #accepts = true;

  private constructor(readonly target: URL) {
    this.#server = createServer((near) => {
      if (!this.#accepts) return void near.destroy();
      const far = connect(Number(target.port), target.hostname);
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      for (const socket of pair) {
        socket.on('error', () => undefined);
        socket.on('close', () => this.#cut(pair));
      }
      near.pipe(far).pipe(near);
    });
  }

  static async to(url: string): Promise<Wire> {
    const wire = new Wire(new URL(url));
    await new Promise<void>((resolve) => void wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Cuts all connections and takes no new ones. */
  refuse(): void {
    this.#accepts = false;
    for (const pair of this.#pairs) this.#cut(pair);
  }

  accept(): void {
    this.#accepts = true;
  }

  /** Lets nothing through any more on the connections there are, without a word to either end. */
  freeze(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    this.refuse();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #cut(pair: readonly [Socket, Socket]): void {
    this.#pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }
}
