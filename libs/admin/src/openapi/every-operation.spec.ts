import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { AdminDeployment, type Answer, type CallOptions } from '../admin-app.fixture.js';
import type { ResolveTxt } from '../domains/domain-challenge.js';
import { PRETENDED_WORKERS, PretendedWorkers } from '../workers/workers.fixture.js';
import { Contract, type Json, NO_ID, type Route } from './contract.fixture.js';

/** Parts of paths that are not made by the POST of their collection. */
const MADE_BY: Readonly<Record<string, string>> = {
  operations: 'tenants',
  jobs: 'tenants',
  'tenants/{tenant}/diffs': 'tenants',
  exports: 'tenants/{tenant}/exports',
  metrics: 'tenants',
  'metrics/{tenant}/slow-statements': 'tenants',
  backups: 'tenants/{tenant}/backups',
  'webhooks/{webhook}/deliveries': 'webhooks/{webhook}/test',
};

/** What has to be so before an operation can succeed: requests that are made first. */
const BEFORE: Readonly<Record<string, readonly [method: string, path: string]>> = {
  tenants_activate: ['POST', 'tenants/{tenant}/suspend'],
  tenants_restore: ['DELETE', 'tenants/{tenant}'],
  tenants_purge: ['DELETE', 'tenants/{tenant}?retentionDays=0'],
  domains_makePrimary: ['POST', 'tenants/{tenant}/domains/{domain}/verify'],
};

const CERTIFICATE = {
  format: 1,
  tenant: { id: NO_ID, slug: 'gone', name: 'Gone', isolation: 'schema', placement: 'default', createdAt: '' },
  home: 'tenant_gone',
  tables: [{ name: 'products', rows: 1 }],
  rows: 1,
  purgedAt: '',
  by: null,
  reason: null,
  export: null,
  archives: [],
  audit: { seq: 1, hash: '' },
};

const RUN = `insert into rowhouse.migration_runs (id, direction, options) values ($1, 'up', '{}') on conflict do nothing`;

const JOB = `insert into rowhouse.jobs (id, tenant_id, name, data) values ($1, $1, 'send-invoice', '{}') on conflict (id) do nothing`;

/** Likewise, where no request makes it so. */
const BEFORE_IN_CATALOG: Readonly<Record<string, string>> = {
  operations_cancel: `update rowhouse.operations set state = 'running' where id = $1`,
  operations_retry: `update rowhouse.operations set state = 'failed', kind = 'migrations.run', input = '{}' where id = $1`,
  operations_pause: `update rowhouse.operations set state = 'running', kind = 'migrations.run', input = '{}' where id = $1`,
  operations_resume: `update rowhouse.operations set state = 'paused', kind = 'migrations.run', input = '{}' where id = $1`,
  jobs_find: JOB,
  jobs_cancel: JOB,
  jobs_retry: `insert into rowhouse.jobs (id, tenant_id, name, data, state, ended_at)
    values ($1, $1, 'send-invoice', '{}', 'failed', now())`,
  // With nothing to migrate there was no run.
  migrations_homes: RUN,
  migrations_waves: RUN,
  metrics_plan: `insert into rowhouse.metric_slow_statements (tenant_id, id, shape, calls, total_us, max_us, rows)
    values ($1, $2, 'select ?::int', 1, 1, 1, 1) on conflict do nothing`,
  deletionCertificate_find: `insert into rowhouse.deletion_certificates (tenant_id, slug, certificate)
    values ($1, 'gone', '${JSON.stringify(CERTIFICATE)}') on conflict do nothing`,
  webhookDeliveries_resend: `update rowhouse.webhook_deliveries set status = 'dead', next_attempt_at = null, ended_at = now()
    where webhook_id = $1 and id = $2`,
};

/** What a header has to say that the route needs. */
const NEEDED_HEADERS: Readonly<Record<string, string>> = { 'Upload-Length': '10', 'Upload-Offset': '0' };

/** The values of a path's parameters. */
type Ids = Readonly<Record<string, string>>;

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;
let contract: Contract;
/** What paths that only read are filled with. */
const read = new Map<string, string>();
const zone = new Map<string, string>();

const resolveTxt: ResolveTxt = async (name) => [[zone.get(name) ?? 'nothing']];

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start({
    domains: { resolveTxt },
    plans: { free: { features: ['export'] } },
    // Operations that are said to run, and are not, are not taken up before the request comes that is about them.
    isQuiet: true,
  });
  contract = await Contract.of(app.call);
  // What moves tenants between workers has something to do.
  new PretendedWorkers(app.app.get(Fleet));
  // The example months have usage.
  await app.app.get(Catalog).query("update rowhouse.usage_head set since = '2000-01-01T00:00:00Z'");
});
afterAll(() => deployment.close());

/** Makes what a path names, or takes what is there already for a path that only reads. */
async function makeIds({ method, path }: Route): Promise<Ids> {
  const known = method === 'GET' ? read : new Map<string, string>();
  const ids: Record<string, string> = {};
  for (const [, collection = '', name = ''] of path.matchAll(/(?<=^(.*?))\/\{(\w+)\}/g)) {
    const id = known.get(collection) ?? (await make(MADE_BY[collection] ?? collection, name, ids));
    known.set(collection, id);
    ids[name] = id;
  }
  return ids;
}

/** @returns its id. A tenant is made by an operation, which has the same. */
async function make(collection: string, name: string, ids: Ids): Promise<string> {
  const route = contract.routes.find(({ method, path }) => method === 'POST' && path === collection);
  if (!route) throw new Error(`There is no POST ${collection}.`);
  const path = fill(collection, { ...(await makeIds({ ...route, method: 'GET' })), ...ids });
  const answer = await app.call('POST', path, {
    body: contract.exampleOf(route),
    headers: neededHeadersOf(route),
  });
  expectStatus(route, answer, successOf(route));
  const { body } = answer;
  if (answer.status === 202) expect(await app.ended(answer)).toMatchObject({ state: 'succeeded' });
  if (body.challenge) zone.set(body.challenge.name, body.challenge.value);
  return body.id ?? body[name];
}

function fill(path: string, ids: Ids): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '');
}

/** A request that the route has to fulfil. */
async function prepare(route: Route): Promise<{
  readonly body: Json | undefined;
  readonly send: (options?: CallOptions, otherIds?: Ids) => Promise<Answer>;
}> {
  const ids = await makeIds(route);
  const first = BEFORE[route.operationId];
  if (first) expect(await app.call(first[0], fill(first[1], ids))).toMatchObject({ status: 200 });
  const statement = BEFORE_IN_CATALOG[route.operationId];
  if (statement) await app.app.get(Catalog).query(statement, Object.values(ids));
  const example = contract.exampleOf(route);
  // A purge is confirmed with the slug.
  const slug = async () => (await app.call('GET', `tenants/${ids['tenant']}`)).body.slug;
  const body = example && {
    ...example,
    ...('confirm' in example && { confirm: await slug() }),
    ...(takesArchive(route) && { export: await makeExport(), dryRun: true }),
    ...('to' in example && { to: await make('tenants', 'tenant', {}) }),
    ...('from' in example && { from: await make('tenants', 'tenant', {}) }),
    ...('worker' in example && { worker: PRETENDED_WORKERS[1] }),
    // A clone without masks is asked for as such.
    ...(route.operationId === 'tenantClones_start' && { unmasked: true }),
  };
  const upload = route.requestBody && !body ? await uploadOf(route) : undefined;
  const send = (options: CallOptions = {}, otherIds: Ids = {}) =>
    app.call(route.method, `${fill(route.path, { ...ids, ...otherIds })}${upload ? upload.query : ''}`, {
      role: route['x-required-role'],
      ...(body && { body }),
      ...options,
      ...(upload && { body: upload.body }),
      headers: { ...neededHeadersOf(route), ...upload?.headers, ...options.headers },
    });
  return { body, send };
}

function makeExport(): Promise<string> {
  return make('tenants/{tenant}/exports', 'export', {});
}

function takesArchive(route: Route): boolean {
  return 'export' in ((contract.bodySchemaOf(route)?.['properties'] as object | undefined) ?? {});
}

function neededHeadersOf(route: Route): Record<string, string> {
  return Object.fromEntries(Object.entries(NEEDED_HEADERS).filter(([name]) => takes(route, name)));
}

/** A request whose body is no JSON. */
interface Upload {
  readonly query: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

async function uploadOf(route: Route): Promise<Upload> {
  const [type = ''] = Object.keys(route.requestBody?.content ?? {});
  if (type !== 'application/gzip')
    return { query: '', body: Buffer.alloc(10), headers: { 'content-type': type } };
  const body = await readFile(join(deployment.folder, `${await makeExport()}.tar.gz`));
  const digest = createHash('sha256').update(body).digest('base64');
  return {
    query: '?dryRun=true',
    body,
    headers: { 'content-type': 'application/gzip', 'content-digest': `sha-256=:${digest}:` },
  };
}

/** Holds an answer to its status and to the document. */
function expectStatus(route: Route, answer: Answer, status: number): void {
  const { operationId } = route;
  if (answer.status !== status)
    throw new Error(`${operationId}: ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
  contract.expectDescribed(route, answer);
}

function successOf(route: Route): number {
  return Number(Object.keys(route.responses).find((status) => status.startsWith('2')));
}

const takes = (route: Route, header: string) => route.parameters.some(({ name }) => name === header);

it('each operation fulfils a valid request, and none for a state that is past or a part that is not there', async () => {
  for (const route of contract.routes) {
    const { send } = await prepare(route);
    for (const [, name = ''] of route.path.matchAll(/\{(\w+)\}/g))
      expectStatus(route, await send({}, { [name]: NO_ID }), 404);
    if (takes(route, 'If-Match'))
      expectStatus(route, await send({ headers: { 'if-match': '"of-before"' } }), 412);
    expectStatus(route, await send(), successOf(route));
  }
}, 300_000);

it('each POST is made once for an Idempotency-Key', async () => {
  const catalog = app.app.get(Catalog);
  for (const route of contract.routes.filter(({ method }) => method === 'POST')) {
    expect([route.operationId, takes(route, 'Idempotency-Key')]).toEqual([route.operationId, true]);
    const { body, send } = await prepare(route);
    const headers = { 'idempotency-key': `"${route.operationId}"` };
    const first = await send({ headers });
    expectStatus(route, first, successOf(route));
    const again = await send({ headers });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    for (const name of ['location', 'etag']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    const other = {
      ...headers,
      ...(route.requestBody && !body && { 'content-digest': `sha-256=:${'A'.repeat(43)}=:` }),
    };
    expectStatus(route, await send({ headers: other, body: { ...body, another: 1 } }), 422);
    // As while the first has not been answered.
    await catalog.query('update rowhouse.idempotency_keys set answer = null, created_at = now()');
    expectStatus(route, await send({ headers }), 409);
  }
}, 300_000);
