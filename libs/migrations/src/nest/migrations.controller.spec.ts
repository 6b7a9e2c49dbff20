import { jest } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { until } from '../../../../test/support/until.js';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import type { RunReport } from '../runs/run-types.js';
import { closeApp, closeApps, PLATFORMS, type Platform, startApp } from './operator-app.fixture.js';
import { TenancyMigrationModule } from './tenancy-migration.module.js';

const products = migration(
  'Products1757000000001',
  ['create table products (id serial primary key, name text)'],
  ['drop table products'],
);
const price = migration(
  'Price1757000000002',
  ['alter table products add price int'],
  ['alter table products drop price'],
);
const unique = migration('Unique1757000000003', ['alter table products add unique (name)']);

/** A migration that waits until it may go on. */
function gated() {
  const gate = { open: () => {}, reached: 0 };
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  class Gated1757000000004 implements MigrationInterface {
    async up() {
      gate.reached += 1;
      await opened;
    }
    async down() {}
  }
  return { gate, Gated: Gated1757000000004 };
}

/** Waits until a statement is sent, and answered. */
async function untilAnswered(sql: string): Promise<void> {
  const query = jest.spyOn(pg.Pool.prototype, 'query');
  try {
    const sent = () => query.mock.calls.findIndex(([text]) => String(text).includes(sql));
    await until(() => sent() >= 0);
    await query.mock.results[sent()]?.value;
  } finally {
    query.mockRestore();
  }
}

/** Operators have a token, which another provider knows. */
@Injectable()
class Tokens {
  readonly operator = 'secret';
}

@Injectable()
class OperatorsOnly implements CanActivate {
  constructor(private readonly tokens: Tokens) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest();
    return headers.authorization === `Bearer ${this.tokens.operator}`;
  }
}

@Module({ providers: [Tokens, OperatorsOnly], exports: [OperatorsOnly] })
class OperatorsModule {}

const AUTHORIZED = { authorization: 'Bearer secret' };

let deployment: Deployment;

beforeEach(async () => {
  deployment = await openDeployment({ migrations: [products] });
});
afterEach(async () => {
  await closeApps();
  await deployment.close();
});

async function open(
  migrations: readonly (new () => MigrationInterface)[],
  { platform, tenants = 2 }: { platform?: Platform; tenants?: number } = {},
) {
  const before = await deployment.fleet([products]);
  for (let n = 0; n < tenants; n += 1) await before.tenants.create({ slug: `t${n}` });
  const { app, url } = await startApp(deployment, {
    platform,
    migrations,
    imports: [
      OperatorsModule,
      TenancyMigrationModule.forRoot({ path: 'admin/migrations', auth: OperatorsOnly }),
    ],
  });
  const base = `${url}/admin/migrations`;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, { headers: { ...AUTHORIZED, ...headers } });
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { ...AUTHORIZED, ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  const report = async (id: string): Promise<RunReport> =>
    (await get(`/runs/${id}`)).json() as Promise<RunReport>;
  const ended = async (id: string) => {
    await until(async () => (await report(id)).state !== 'running');
    return report(id);
  };
  return { app, base, get, post, report, ended };
}

const started = async (response: Response): Promise<RunReport & { id: string }> => {
  expect(response.status).toBe(202);
  return response.json() as Promise<RunReport & { id: string }>;
};

describe.each(PLATFORMS)('migrations over HTTP, on %s', (platform) => {
  it('serves nobody whom the guard does not let in', async () => {
    const { base } = await open([products], { platform, tenants: 0 });
    const id = '00000000-0000-4000-8000-000000000000';
    const reads = ['', '/plan', '/runs', `/runs/${id}`, `/runs/${id}/homes`, `/runs/${id}/events`];
    for (const path of reads) expect([path, (await fetch(base + path)).status]).toEqual([path, 403]);
    for (const path of ['/runs', `/runs/${id}/cancel`, `/runs/${id}/retry`, `/runs/${id}/resume`]) {
      const { status } = await fetch(base + path, { method: 'POST' });
      expect([path, status]).toEqual([path, 403]);
    }
  });

  it('begins a run, answers at once where to look, and reports how it ended', async () => {
    const { gate, Gated } = gated();
    const { base, post, get, report, ended } = await open([products, Gated], { platform });
    const response = await post('/runs', { concurrency: 1 });
    const { id, state } = await started(response);
    expect(state).toBe('running');
    const location = new URL(response.headers.get('location') ?? '', `${base}/runs`).href;
    expect(location).toBe(`${base}/runs/${id}`);
    expect(await report(id)).toMatchObject({ state: 'running', isLive: true, pending: 2 });
    gate.open();
    expect(await ended(id)).toMatchObject({ state: 'succeeded', done: 2 });
    expect(await (await get('/runs?limit=1')).json()).toMatchObject({ items: [{ id }], next: null });
    const homes = await get(`/runs/${id}/homes?state=done&limit=1`);
    const { items, next } = (await homes.json()) as { items: unknown; next: string };
    expect(items).toMatchObject([{ label: 't0', state: 'done' }]);
    const rest = await get(`/runs/${id}/homes?state=done&limit=1&cursor=${next}`);
    expect(await rest.json()).toMatchObject({ items: [{ label: 't1', state: 'done' }], next: null });
  });

  it('begins one run however often a request with an Idempotency-Key is sent', async () => {
    const { gate, Gated } = gated();
    const { post, get, ended } = await open([products, Gated], { platform });
    const key = { 'idempotency-key': 'release 42' };
    const responses = await Promise.all([post('/runs', {}, key), post('/runs', {}, key)]);
    const [first, second] = [await started(responses[0]), await started(responses[1])];
    expect(second.id).toBe(first.id);
    const other = await post('/runs', { limit: 1 }, key);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    gate.open();
    await ended(first.id);
    expect(await started(await post('/runs', {}, key))).toMatchObject({ id: first.id, state: 'succeeded' });
    const quoted = { 'idempotency-key': '"release 42"' };
    expect(await started(await post('/runs', {}, quoted))).toMatchObject({ id: first.id });
    expect(await (await get('/runs')).json()).toMatchObject({ items: [{ id: first.id }], next: null });
    expect((await post('/runs', {}, { 'idempotency-key': 'x'.repeat(256) })).status).toBe(400);
  });

  it('answers with a problem document that names the fields which are wrong', async () => {
    const { post, get } = await open([products], { platform, tenants: 0 });
    const response = await post('/runs', { concurrency: 0, where: { status: 'asleep' } });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      code: 'REQUEST_INVALID',
      errors: [{ field: 'where.status' }, { field: 'concurrency' }],
    });
    expect((await post('/runs', { steps: 2 })).status).toBe(400);
    expect((await post('/runs', { concurency: 2 })).status).toBe(400);
    const queries = [
      '/plan?limit=0',
      '/plan?tenants=A,b',
      '/plan?sql=perhaps',
      '/runs?limit=many',
      '/runs?cursor=t1',
    ];
    for (const query of queries) {
      expect([query, (await get(query)).status]).toEqual([query, 400]);
    }
  });

  it('answers 304 while a run is as it was, and 412 to who acts on an older state of it', async () => {
    const { gate, Gated } = gated();
    const { get, post, ended } = await open([products, Gated], { platform });
    const { id } = await started(await post('/runs', { concurrency: 1 }));
    await until(() => gate.reached === 1);
    const before = await get(`/runs/${id}`);
    const etag = before.headers.get('etag') ?? '';
    const again = await get(`/runs/${id}`, { 'if-none-match': etag });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    gate.open();
    await ended(id);
    const after = await get(`/runs/${id}`, { 'if-none-match': etag });
    expect(after.status).toBe(200);
    for (const change of ['cancel', 'retry', 'resume']) {
      const stale = await post(`/runs/${id}/${change}`, undefined, { 'if-match': etag });
      expect([change, stale.status]).toEqual([change, 412]);
      expect(await stale.json()).toMatchObject({ code: 'PRECONDITION_FAILED' });
    }
    const fresh = { 'if-match': after.headers.get('etag') ?? '' };
    expect((await post(`/runs/${id}/cancel`, undefined, fresh)).status).toBe(202);
  });

  it('reports progress by server-sent events, and the end', async () => {
    const { gate, Gated } = gated();
    const { get, post } = await open([products, Gated], { platform });
    const { id } = await started(await post('/runs', { concurrency: 1 }));
    const response = await get(`/runs/${id}/events`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    const stream = eventsOf(response);
    const first = await stream.next();
    expect(first.value).toMatchObject({ name: 'progress', data: { runId: id, total: 2, pending: 2 } });
    gate.open();
    const rest = await restOf(stream);
    expect(rest.at(-1)).toMatchObject({ name: 'end', data: { id, state: 'succeeded', done: 2 } });
  });

  it('stops gracefully when the application shuts down: streams end, and runs can be resumed', async () => {
    const { gate, Gated } = gated();
    const { app, get, post } = await open([products, Gated], { platform, tenants: 3 });
    const { id } = await started(await post('/runs', { concurrency: 1 }));
    await until(() => gate.reached === 1);
    const stream = eventsOf(await get(`/runs/${id}/events`));
    await stream.next();
    const closed = closeApp(app);
    expect(await restOf(stream)).toEqual([]);
    gate.open();
    await closed;
    const { migrations } = await deployment.fleet([products, Gated]);
    expect(await migrations.get(id)).toMatchObject({ state: 'paused', done: 1, pending: 2 });
    expect(await migrations.resume(id)).toMatchObject({ state: 'succeeded', done: 3 });
  });
});

describe('migrations over HTTP', () => {
  it('shows who is at which version, and what a run would do', async () => {
    const { get } = await open([products, price]);
    expect(await (await get('')).json()).toMatchObject({
      migrations: ['Products1757000000001', 'Price1757000000002'],
      tenants: 2,
      behind: 2,
      versions: [{ version: 'Products1757000000001', pending: ['Price1757000000002'], tenants: 2 }],
    });
    const plan = await get('/plan?sql=true&tenants=t1&isolation=schema');
    expect(await plan.json()).toMatchObject({
      total: 1,
      groups: [{ homes: ['t1'], sql: [{ statements: ['alter table products add price int'] }] }],
    });
    const down = await get('/plan?direction=down&steps=1');
    expect(await down.json()).toMatchObject({ direction: 'down', total: 2 });
  });

  it('answers 200 when there is nothing to do', async () => {
    const { post } = await open([products]);
    const response = await post('/runs');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ state: 'succeeded', total: 0 });
  });

  it('lists runs in pages, the latest first', async () => {
    const { get, post, ended } = await open([products]);
    const ids: string[] = [];
    for (const direction of ['down', 'up', 'down'] as const) {
      const { id } = await started(
        await post('/runs', { direction, ...(direction === 'down' && { steps: 1 }) }),
      );
      await ended(id);
      ids.unshift(id);
    }
    const seen: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const response = await get(`/runs?limit=2${cursor && `&cursor=${cursor}`}`);
      const { items, next } = (await response.json()) as { items: RunReport[]; next: string | null };
      seen.push(items.map(({ id }) => id));
      cursor = next;
    }
    expect(seen).toEqual([ids.slice(0, 2), ids.slice(2)]);
  });

  it('reverts', async () => {
    const { post, ended } = await open([products]);
    const { id } = await started(await post('/runs', { direction: 'down', steps: 1, tenants: ['t0'] }));
    expect(await ended(id)).toMatchObject({ direction: 'down', state: 'succeeded', total: 1 });
  });

  it('answers 404 for a run that does not exist', async () => {
    const { get, post } = await open([products], { tenants: 0 });
    for (const id of ['00000000-0000-4000-8000-000000000000', 'none']) {
      for (const path of ['', '/homes', '/events']) {
        const response = await get(`/runs/${id}${path}`);
        expect([path, response.status]).toEqual([path, 404]);
        expect(await response.json()).toMatchObject({ code: 'MIGRATION_RUN_NOT_FOUND' });
      }
      expect((await post(`/runs/${id}/resume`)).status).toBe(404);
    }
  });

  it('cancels a run and takes it up again; refuses while a process is at work on it', async () => {
    const { gate, Gated } = gated();
    const { post, report, ended } = await open([products, Gated], { tenants: 3 });
    const { id } = await started(await post('/runs', { concurrency: 1 }));
    await until(() => gate.reached === 1);
    expect((await post(`/runs/${id}/resume`)).status).toBe(409);
    await started(await post(`/runs/${id}/cancel`));
    await untilAnswered('cancel_requested_at is not null');
    gate.open();
    expect(await ended(id)).toMatchObject({ state: 'cancelled' });
    expect((await report(id)).pending).toBeGreaterThan(0);
    expect(await started(await post(`/runs/${id}/resume`))).toMatchObject({ id });
    expect(await ended(id)).toMatchObject({ state: 'succeeded', done: 3 });
  });

  it('tries again what has failed', async () => {
    const { post, ended } = await open([products, unique]);
    const t1 = await deployment.store.findBySlug('t1' as never);
    if (!t1) throw new Error('t1 is missing');
    const home = await deployment.registry.directFor(t1);
    await home.query("insert into products (name) values ('twin'), ('twin')");
    const { id } = await started(await post('/runs'));
    expect(await ended(id)).toMatchObject({ state: 'failed', done: 1, failures: [{ label: 't1' }] });
    await home.query('delete from products where id = 1');
    await started(await post(`/runs/${id}/retry`));
    expect(await ended(id)).toMatchObject({ state: 'succeeded', done: 2, failed: 0 });
    const again = await post(`/runs/${id}/retry`);
    expect([again.status, again.headers.get('content-type')]).toEqual([
      409,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('reports on runs that another process works on', async () => {
    const { gate, Gated } = gated();
    const { get, post } = await open([products, Gated]);
    const other = await deployment.fleet([products, Gated]);
    const { report, finished } = await other.migrations.start({ concurrency: 1 });
    const stream = eventsOf(await get(`/runs/${report.id}/events`));
    expect((await stream.next()).value).toMatchObject({ name: 'progress', data: { runId: report.id } });
    expect((await post(`/runs/${report.id}/resume`)).status).toBe(409);
    gate.open();
    await finished;
    expect((await restOf(stream)).at(-1)).toMatchObject({ name: 'end', data: { state: 'succeeded' } });
  });
});

interface SentEvent {
  readonly name: string | undefined;
  readonly data: unknown;
}

/** What a client reads of a stream of events. */
async function* eventsOf(response: Response): AsyncGenerator<SentEvent, undefined> {
  if (!response.body) throw new Error('The response has no body.');
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      if (part.startsWith(':')) continue;
      const fields = new Map(part.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      yield { name: fields.get('event'), data: JSON.parse(fields.get('data') ?? 'null') };
    }
  }
  return undefined;
}

async function restOf(stream: AsyncGenerator<SentEvent, undefined>): Promise<SentEvent[]> {
  const rest: SentEvent[] = [];
  for await (const event of stream) rest.push(event);
  return rest;
}
