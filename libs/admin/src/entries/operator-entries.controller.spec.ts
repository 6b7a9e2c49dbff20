import { jest } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { TenantLifecycle } from '@rowhouse/migrations';
import {
  Catalog,
  CurrentEntry,
  DataSourceRegistry,
  type OperatorEntry,
  RequireScope,
  SystemRoute,
  TENANT_STORE,
  type TenantAccessPolicy,
  TenantContext,
  type WritableTenantStore,
} from '@rowhouse/nestjs';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { AdminDeployment, type CallOptions, PLATFORMS, type Platform } from '../admin-app.fixture.js';
import { Members } from '../members/members.js';
import { RequireRole } from '../members/require-role.decorator.js';
import { OperatorEntries } from './operator-entries.js';

const REASON = 'Ticket 4711: totals are wrong';

/** As apps have one: it knows its own users, and lets operators in who come by an entry. */
@Injectable()
class AppGuard {
  canActivate(): boolean {
    return true;
  }
}

class NobodyEnters implements TenantAccessPolicy {
  canEnter(): boolean {
    return false;
  }
}

/** Work that outlives its request. */
let afterwards: (work: () => Promise<unknown>) => void = () => {};

@Controller('products')
@UseGuards(AppGuard)
class ProductsController {
  constructor(
    private readonly source: DataSource,
    private readonly registry: DataSourceRegistry,
    private readonly members: Members,
    @Inject(TENANT_STORE) private readonly store: WritableTenantStore,
    private readonly lifecycle: TenantLifecycle,
  ) {}

  @Get()
  async list(): Promise<object> {
    const [marks] = await this.source.query(
      "select current_setting('rowhouse.entry', true) as entry, current_setting('application_name') as application, count(*)::int as products from products",
    );
    return marks;
  }

  @Get('who')
  who(@CurrentEntry() entry: OperatorEntry | undefined): object {
    return {
      operator: entry?.operator ?? null,
      reason: entry?.reason ?? null,
      readOnly: entry?.readOnly ?? null,
    };
  }

  @Get('user')
  user(@Req() { user = null }: { user?: unknown }): object {
    return { user };
  }

  @Post()
  async add(): Promise<object> {
    await this.source.query("insert into products (name) values ('new')");
    return {};
  }

  @Post('transaction')
  async addInTransaction(): Promise<object> {
    await this.source.transaction((manager) => manager.query("insert into products (name) values ('new')"));
    return {};
  }

  @Post('elsewhere')
  async addForNamedTenant(): Promise<object> {
    const tenant = TenantContext.require();
    await (await this.registry.for(tenant)).query("insert into products (name) values ('new')");
    return {};
  }

  @Post('above')
  @SystemRoute('a route above tenants')
  async addAbove(): Promise<object> {
    await this.source.query('create table above (id int)');
    return {};
  }

  @Post('member')
  async addMember(): Promise<object> {
    const user = { issuer: 'https://id.example.com', subject: 'eve', email: 'eve@example.com', name: 'Eve' };
    return this.members.add(TenantContext.require().id, { ...user, roles: ['member'] });
  }

  @Post('domain')
  async addDomain(): Promise<object> {
    await this.store.addDomain(TenantContext.require().id, 'acme.example.com');
    return {};
  }

  @Post('suspend')
  async suspend(): Promise<object> {
    return this.lifecycle.suspend(TenantContext.require().id);
  }

  @Post('afterwards')
  later(): object {
    afterwards(TenantContext.bind(() => this.source.query('select 1')));
    return {};
  }

  @Get('slow')
  async slow(): Promise<object> {
    await this.source.query('select pg_sleep(60)');
    return {};
  }

  @Get('role')
  @RequireRole('owner')
  role(): object {
    return {};
  }

  @Get('scope')
  @RequireScope('products:read')
  scope(): object {
    return {};
  }
}

let deployment: AdminDeployment;
let pool: pg.Pool;
beforeEach(async () => {
  deployment = await AdminDeployment.open();
  pool = new pg.Pool({ connectionString: deployment.database.url, max: 2 });
  pool.on('error', () => undefined);
});
afterEach(async () => {
  await pool.end();
  await deployment.close();
});

async function start(platform: Platform = 'express', options: Parameters<AdminDeployment['start']>[0] = {}) {
  const started = await deployment.start({
    platform,
    controllers: [ProductsController],
    breakGlass: true,
    ...options,
  });
  const ask = async (
    path: string,
    headers: Record<string, string>,
    method = 'GET',
    // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
  ): Promise<any> => {
    const response = await fetch(`${started.url}/${path}`, { method, headers });
    const body = await response.json();
    return { status: response.status, vary: response.headers.get('vary'), ...(body as object) };
  };
  return { ...started, ask };
}
type Started = Awaited<ReturnType<typeof start>>;

async function makeTenant({ call, ended }: Started, slug = 'acme'): Promise<string> {
  const made = await call('POST', 'tenants', { body: { slug } });
  await ended(made);
  return (await call('GET', `tenants/${slug}`)).body.id;
}

const enter = async ({ call }: Started, body: object = {}, options: CallOptions = {}) =>
  (await call('POST', 'tenants/acme/entries', { body: { reason: REASON, ...body }, ...options })).body;

const by = ({ token }: { token: string }) => ({ 'rowhouse-entry': token });

/** Polls until a request is answered as it should be. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.each(PLATFORMS)('an entry, on %s', (platform) => {
  it('leads into its tenant, reads, and marks its statements', async () => {
    const app = await start(platform, { accessPolicy: NobodyEnters });
    await makeTenant(app);
    const entry = await enter(app);
    expect(entry).toMatchObject({
      operator: { type: 'operator', id: 'owner' },
      reason: REASON,
      readOnly: true,
      state: 'active',
      token: expect.stringMatching(/^rhe_\w{43}_[0-9a-f]{8}$/),
    });
    expect(Date.parse(entry.expiresAt) - Date.parse(entry.createdAt)).toBe(15 * 60_000);
    expect(await app.ask('products', by(entry))).toMatchObject({
      status: 200,
      entry: entry.id,
      application: `rowhouse-entry ${entry.id}`,
      vary: expect.stringContaining('rowhouse-entry'),
    });
    expect(await app.ask('products/who', by(entry))).toMatchObject({
      operator: { type: 'operator', id: 'owner' },
      reason: REASON,
      readOnly: true,
    });
    expect(await app.ask('products/user', by(entry))).toMatchObject({ status: 200, user: null });
    expect(await app.ask('products/role', by(entry))).toMatchObject({ status: 200 });
    expect(await app.ask('products/scope', by(entry))).toMatchObject({
      status: 403,
      code: 'API_KEY_SCOPE_MISSING',
    });
    // Those who name the tenant themselves are as before.
    expect(await app.ask('products', { 'x-tenant-id': 'acme' })).toMatchObject({
      code: 'TENANT_ACCESS_DENIED',
    });
  });

  it.each(['member', 'domain', 'suspend'])(
    'does not write to the catalog by POST products/%s',
    async (path) => {
      const app = await start(platform);
      await makeTenant(app);
      const ask = async (entry: { token: string }) => app.ask(`products/${path}`, by(entry), 'POST');
      expect(await ask(await enter(app))).toMatchObject({ status: 403, code: 'ENTRY_READ_ONLY' });
      expect((await app.call('GET', 'tenants/acme')).body.status).toBe('active');
      expect(await ask(await enter(app, { readOnly: false }))).not.toHaveProperty('code');
    },
  );

  it.each(['products', 'products/transaction', 'products/elsewhere', 'products/above'])(
    'does not write by POST %s, unless it may',
    async (path) => {
      const app = await start(platform);
      await makeTenant(app);
      const entry = await enter(app);
      expect(await app.ask(path, by(entry), 'POST')).toMatchObject({ status: 403, code: 'ENTRY_READ_ONLY' });
      if (path === 'products/above') return;
      expect(await app.ask('products', by(entry))).toMatchObject({ products: 0 });
      const writing = await enter(app, { readOnly: false });
      expect(await app.ask(path, by(writing), 'POST')).toMatchObject({ status: 201 });
      expect(await app.ask('products', { 'x-tenant-id': 'acme' })).toMatchObject({
        products: 1,
        entry: '',
        application: expect.not.stringContaining('entry'),
      });
    },
  );

  it('is refused where it is not for, forged, or not in its header', async () => {
    const app = await start(platform);
    await makeTenant(app);
    await makeTenant(app, 'globex');
    const { token } = await enter(app);
    const refused = { status: 403, code: 'ENTRY_REFUSED' };
    const forged = token.replace(/^rhe_./, token[4] === 'a' ? 'rhe_b' : 'rhe_a');
    for (const value of [
      forged,
      'rhe_',
      'x',
      `${token} `.repeat(2),
      `${token}, ${token}`,
      `Bearer ${token}`,
      `rh_${token}`,
    ]) {
      expect(await app.ask('products', { 'rowhouse-entry': value, 'x-tenant-id': 'acme' })).toMatchObject(
        refused,
      );
      expect(await app.ask('products/above', { 'rowhouse-entry': value }, 'POST')).toMatchObject(refused);
    }
    const mismatch = { status: 403, code: 'TENANT_MISMATCH' };
    expect(await app.ask('products', { 'rowhouse-entry': token, 'x-tenant-id': 'globex' })).toMatchObject(
      mismatch,
    );
    const above = await app.ask(
      'products/above',
      { 'rowhouse-entry': token, 'x-tenant-id': 'globex' },
      'POST',
    );
    expect(above).toMatchObject(mismatch);
    const agreeing = await app.ask('products', { 'rowhouse-entry': token, 'x-tenant-id': 'acme' });
    expect(agreeing).toMatchObject({ status: 200 });
    // Neither a key, nor what a user signs in with, nor a parameter.
    const asKey: Record<string, string>[] = [{ 'x-api-key': token }, { authorization: `ApiKey ${token}` }];
    for (const headers of asKey)
      expect(await app.ask('products', headers)).toMatchObject({ status: 404, code: 'TENANT_NOT_FOUND' });
    expect(await app.ask('products', { authorization: `Bearer ${token}` })).toMatchObject({ status: 400 });
    for (const query of [`rowhouse-entry=${token}`, `entry=${token}`, `token=${token}`])
      expect(await app.ask(`products?${query}`, {})).toMatchObject({ status: 400 });
    expect((await app.call('GET', 'tenants', { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      401,
    );
  });

  it('is refused, on every route, by an app that lets nobody in', async () => {
    const app = await start(platform, { breakGlass: false });
    await makeTenant(app);
    const entry = await enter(app);
    const headers = { ...by(entry), 'x-tenant-id': 'acme' };
    expect(await app.ask('products', headers)).toMatchObject({ status: 403, code: 'ENTRY_REFUSED' });
    expect(await app.ask('products/above', headers, 'POST')).toMatchObject({ code: 'ENTRY_REFUSED' });
  });

  it('that is ended early at one instance is over at the others: requests, statements and jobs', async () => {
    const app = await start(platform);
    const other = await start(platform);
    await makeTenant(app);
    const entry = await enter(app);
    let job: () => Promise<unknown> = async () => {};
    afterwards = (work) => {
      job = work;
    };
    expect(await other.ask('products/afterwards', by(entry), 'POST')).toMatchObject({ status: 201 });
    await job();
    const slow = other.ask('products/slow', by(entry));
    const sleeping = () =>
      pool.query(
        "select application_name from pg_stat_activity where datname = current_database() and state = 'active' and query like 'select pg_sleep%'",
      );
    const { rows } = await until(sleeping, (found) => found.rowCount === 1);
    expect(rows).toEqual([{ application_name: `rowhouse-entry ${entry.id}` }]);

    const { body } = await app.call('DELETE', `tenants/acme/entries/${entry.id}`, { role: 'operator' });
    expect(body).toMatchObject({ state: 'ended', endedBy: { type: 'operator', id: 'operator' } });
    expect(await slow).toMatchObject({ status: 403, code: 'ENTRY_ENDED' });
    await until(sleeping, (found) => found.rowCount === 0);
    await expect(job()).rejects.toMatchObject({ code: 'ENTRY_ENDED' });
    for (const one of [app, other]) {
      expect(await one.ask('products', by(entry))).toMatchObject({ status: 403, code: 'ENTRY_ENDED' });
      expect(await one.ask('products/above', by(entry), 'POST')).toMatchObject({ code: 'ENTRY_ENDED' });
    }
    expect(await other.ask('products', { 'x-tenant-id': 'acme' })).toMatchObject({ status: 200 });
  });

  it('ends on time', async () => {
    const app = await start(platform);
    await makeTenant(app);
    const entry = await enter(app);
    await pool.query(
      "update rowhouse.operator_entries set expires_at = clock_timestamp() + interval '400 ms'",
    );
    const slow = app.ask('products/slow', by(entry));
    expect(await slow).toMatchObject({ status: 403, code: 'ENTRY_ENDED' });
    expect(await app.ask('products', by(entry))).toMatchObject({ code: 'ENTRY_ENDED' });
  });
});

describe('entries of operators', () => {
  it('need a reason, and the role of what they may do', async () => {
    const app = await start();
    await makeTenant(app);
    const status = async (body: object, role: CallOptions['role']) =>
      (await app.call('POST', 'tenants/acme/entries', { body, role })).status;
    expect(await status({ reason: REASON }, 'viewer')).toBe(403);
    expect(await status({ reason: REASON }, 'operator')).toBe(201);
    expect(await status({ reason: REASON, readOnly: false }, 'operator')).toBe(403);
    expect(await status({ reason: REASON, readOnly: false }, 'owner')).toBe(201);
    for (const body of [
      ...[{}, { reason: '' }, { reason: 'short' }, { reason: '   short   ' }, { reason: 'x'.repeat(501) }],
      ...[{ reason: `${REASON}\u0000` }, { reason: `${REASON}\n` }, { reason: 4711 }],
      ...[0, -1, 61, 1.5, '15', null].map((minutes) => ({ reason: REASON, minutes })),
      ...[
        { reason: REASON, readOnly: 'no' },
        { reason: REASON, operator: { type: 'operator', id: 'other' } },
      ],
    ])
      expect([body, await status(body, 'owner')]).toEqual([body, 400]);
    expect((await app.call('POST', 'tenants/nobody/entries', { body: { reason: REASON } })).status).toBe(404);
  });

  it('are kept by a hash, listed in pages, and shown with the same token to the same Idempotency-Key', async () => {
    const app = await start();
    await makeTenant(app);
    const headers = { 'idempotency-key': '"once"' };
    const first = await enter(app, {}, { headers });
    expect(await enter(app, {}, { headers })).toEqual(first);
    const second = await enter(app, { minutes: 60 });
    const third = await enter(app);
    await app.call('DELETE', `tenants/acme/entries/${second.id}`);
    const list = async (query: string) =>
      (await app.call('GET', `tenants/acme/entries?${query}`, { role: 'viewer' })).body;
    const ids = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);
    const all = await list('');
    expect(ids(all)).toEqual([third.id, second.id, first.id]);
    expect(JSON.stringify(all)).not.toContain('rhe_');
    const page = await list('limit=2');
    expect(ids(page)).toEqual([third.id, second.id]);
    expect(ids(await list(`limit=2&cursor=${page.next}`))).toEqual([first.id]);
    expect(ids(await list('state=ended'))).toEqual([second.id]);
    expect(ids(await list('state=active'))).toEqual([third.id, first.id]);
    const { token: _, ...shown } = third;
    expect((await app.call('GET', `tenants/acme/entries/${third.id}`, { role: 'viewer' })).body).toEqual(
      shown,
    );
    const { rows } = await pool.query('select t::text from rowhouse.operator_entries t');
    expect(JSON.stringify(rows)).not.toContain('rhe_');
  });

  it('end once, whoever ends them', async () => {
    const app = await start();
    const id = await makeTenant(app);
    const entry = await enter(app);
    const path = `tenants/acme/entries/${entry.id}`;
    const answers = await Promise.all([1, 2, 3].map(() => app.call('DELETE', path)));
    expect(new Set(answers.map(({ body }) => body.endedAt)).size).toBe(1);
    expect((await app.call('DELETE', `tenants/acme/entries/${id}`)).body.code).toBe('ENTRY_NOT_FOUND');
    expect((await app.call('DELETE', 'tenants/acme/entries/x')).body.code).toBe('ENTRY_NOT_FOUND');
    await makeTenant(app, 'globex');
    expect((await app.call('DELETE', `tenants/globex/entries/${entry.id}`)).body.code).toBe(
      'ENTRY_NOT_FOUND',
    );
    const { items } = (await app.call('GET', 'tenants/acme/audit?action=operator_entry.')).body;
    expect(items).toMatchObject([
      { action: 'operator_entry.ended', reason: REASON, target: entry.id, after: { early: true } },
      {
        action: 'operator_entry.begun',
        actor: { type: 'operator', id: 'owner' },
        reason: REASON,
        target: entry.id,
        after: { operator: { type: 'operator', id: 'owner' }, readOnly: true },
      },
    ]);
  });

  it('whose time is over are audited once, however many look', async () => {
    const app = await start();
    await makeTenant(app);
    const entry = await enter(app);
    const services = [app.app, (await start()).app].map((one: INestApplication) => one.get(OperatorEntries));
    await pool.query('update rowhouse.operator_entries set expires_at = clock_timestamp()');
    const counts = await Promise.all([...services, ...services].map((entries) => entries.recordEnds()));
    expect(counts.sort()).toEqual([0, 0, 0, 1]);
    await app.call('DELETE', `tenants/acme/entries/${entry.id}`);
    const { items } = (await app.call('GET', 'tenants/acme/audit?action=operator_entry.ended')).body;
    expect(items).toMatchObject([
      { actor: null, reason: REASON, after: { early: false, operator: { type: 'operator', id: 'owner' } } },
    ]);
  });

  it('lead into a suspended tenant to read only', async () => {
    const app = await start();
    await makeTenant(app);
    const reading = await enter(app);
    const writing = await enter(app, { readOnly: false });
    await app.call('POST', 'tenants/acme/suspend');
    expect(
      await until(
        () => app.ask('products', by(writing)),
        ({ status }) => status === 403,
      ),
    ).toMatchObject({
      code: 'TENANT_SUSPENDED',
    });
    expect(await app.ask('products', by(reading))).toMatchObject({ status: 200 });
    expect(await app.ask('products', by(await enter(app)))).toMatchObject({ status: 200 });
    const refused = await app.call('POST', 'tenants/acme/entries', {
      body: { reason: REASON, readOnly: false },
    });
    expect(refused.body).toMatchObject({ code: 'ENTRY_CONFLICT' });
  });

  it('cost requests without one no look at the catalog', async () => {
    const app = await start();
    await makeTenant(app);
    const headers = { 'x-tenant-id': 'acme' };
    await app.ask('products', headers);
    const query = jest.spyOn(app.app.get(Catalog), 'query');
    expect((await app.ask('products', headers)).status).toBe(200);
    // Others look at it in the background.
    expect(query.mock.calls.filter((call) => JSON.stringify(call).includes('operator_entries'))).toEqual([]);
  });
});
