/** @suite kill */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type CompiledSources, compileSources } from '../../../test/kill/compiled-sources.js';
import type { IntegrationsAppSettings, IntegrationsStep } from '../../../test/kill/integrations-app.js';
import { until } from '../../../test/support/until.js';
import {
  Browser,
  type IntegrationsApp,
  IntegrationsDeployment,
  ISOLATIONS,
  keysOf,
} from './integrations.fixture.js';
import { TenantMcpServers } from './mcp/tenant-mcp-servers.js';
import { CLIENT } from './stand-ins/calendar-provider.fixture.js';
import { McpStandIn } from './stand-ins/mcp-server.fixture.js';

/** Apps that work on the same connections, and are killed one by one. */
const APPS = 3;
/** `KILL_RUNS` says how many apps are to be killed. */
const ROUNDS = Math.ceil(Number(process.env['KILL_RUNS'] ?? 6) / APPS);
const SLUGS = ISOLATIONS.map((isolation) => `${isolation}-one`);

const VICTIM = `victim-of-${process.pid}`;

let open: IntegrationsDeployment;
let sources: CompiledSources;
let app: IntegrationsApp;
let server: pg.Client;
let connections: IntegrationsAppSettings['connections'];
beforeAll(async () => {
  sources = await compileSources();
  open = await IntegrationsDeployment.open();
  server = new pg.Client({ connectionString: open.database.url });
  await server.connect();
  app = await open.app({
    integrations: { keys: keysOf(1, 2) },
    mcp: { keys: keysOf(1, 2), allowHttp: true, allowedNetworks: ['127.0.0.1'] },
  });
  connections = await Promise.all(
    SLUGS.map(async (tenant) => ({ tenant, id: await new Browser(app.url, tenant).connect() })),
  );
  open.provider.onRefreshed = () => delay(Math.random() * 20);
}, 120_000);
afterAll(async () => {
  await server?.end();
  await open?.close();
  await sources?.remove();
});

/** A process that connects, refreshes, removes and rotates without an end, until it is killed somewhere. @returns what it has done. */
async function killSomewhere(
  keyIds: readonly number[],
  work: Partial<Pick<IntegrationsAppSettings, 'connections' | 'servers'>>,
): Promise<readonly IntegrationsStep[]> {
  const settings: IntegrationsAppSettings = {
    url: open.database.loginUrl,
    roles: open.roles,
    routes: `${app.url}/integrations`,
    keys: keyIds.map((id) => ({ id: `k${id}`, secret: Buffer.alloc(32, id).toString('base64') })),
    providers: { calendar: { ...CLIENT, endpoints: open.provider.endpoints, scopes: ['calendar'] } },
    connections: [],
    servers: [],
    ...work,
  };
  const child = spawn(process.execPath, [sources.integrationsApp, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', PGAPPNAME: VICTIM },
  });
  const gone = once(child, 'close');
  const steps: IntegrationsStep[] = [];
  let errors = '';
  createInterface(child.stdout).on('line', (line) => steps.push(JSON.parse(line)));
  child.stderr.on('data', (bytes) => {
    errors += bytes;
  });
  const wanted = 1 + Math.floor(Math.random() * 40);
  await until(() => steps.length >= wanted || isDead(child));
  await delay(Math.random() * 30);
  if (isDead(child)) throw new Error(`The app ended by itself:\n${errors}`);
  child.kill('SIGKILL');
  await gone;
  return steps;
}

/** The server does what it was asked last, though nobody is there to hear of it. */
async function whenForgotten(): Promise<void> {
  const ofTheDead = 'select from pg_stat_activity where application_name = $1';
  await until(async () => (await server.query(ofTheDead, [VICTIM])).rowCount === 0);
}

const isDead = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

const idsOf = async (slug: string, state: string) =>
  (
    await open.query(app, slug, 'select id from tenant_integrations where state = $1 order by id', [state])
  ).map(({ id }) => String(id));

/** What each app has reported of one tenant. */
type Reports = readonly (readonly (IntegrationsStep & { readonly tenant: string })[])[];

/** What became of one tenant's connections, whose claims have ended as those of the dead do. @returns the grants whose tokens it has. */
async function grantsOf(slug: string, reports: Reports): Promise<readonly unknown[]> {
  const of = (did: IntegrationsStep['did'], from: Reports[number] = reports.flat()) =>
    from.flatMap((step) => ('id' in step && step.did === did ? [step.id] : []));
  await open.query(
    app,
    slug,
    'update tenant_integrations set claimed_until = now(), expires_at = now() where claim is not null',
  );
  for (const steps of reports) {
    const queries = steps.flatMap((step) => (step.did === 'returned' ? [step.query] : []));
    // What a browser comes back with again is good for a callback that was cut before it had begun.
    for (const [n, query] of [...queries, ...queries].entries()) {
      const answer = await app.integrations.finish('calendar', query).catch(({ code }) => code);
      const wasCut = n === queries.length - 1 && of('connected', steps).length < queries.length;
      if (!wasCut || typeof answer === 'string') expect(answer).toBe('INTEGRATION_STATE_INVALID');
    }
  }
  for (const id of await idsOf(slug, 'removing')) await app.integrations.delete(id);
  const ids = await idsOf(slug, 'connected');
  expect(ids).toEqual(
    expect.arrayContaining(of('connected').filter((id) => !of('begun to delete').includes(id))),
  );
  expect(ids.filter((id) => of('deleted').includes(id))).toEqual([]);
  const grants: unknown[] = [];
  for (const id of ids) {
    const token = await app.integrations.accessToken(id);
    const answer = await fetch(`${open.provider.url}/calendar`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([slug, id, answer.status]).toEqual([slug, id, 200]);
    grants.push(open.provider.grantOf(token));
    if (!connections.some((kept) => kept.id === id)) await app.integrations.delete(id);
  }
  const left = await open.query(
    app,
    slug,
    "select id from tenant_integrations where claim is not null or state <> 'connected'",
  );
  expect(left).toEqual([]);
  return grants;
}

it('processes that are killed anywhere in a refresh, callback, removal or rotation lose no token, and none is there twice', async () => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const keys = round % 2 === 0 ? [1, 2] : [2, 1];
    const killed = await Promise.all(
      Array.from({ length: APPS }, () => killSomewhere(keys, { connections })),
    );
    await whenForgotten();
    const grants: unknown[] = [];
    for (const slug of SLUGS) {
      const reports = killed.map((steps) => steps.filter((step) => 'tenant' in step && step.tenant === slug));
      grants.push(...(await open.as(slug, () => grantsOf(slug, reports as Reports))));
    }
    expect(new Set(grants).size).toBe(grants.length);
    // A callback that is cut after the provider has answered leaves a grant there that nobody has: one for each app and tenant at most.
    const forgotten = open.provider.grants.size - connections.length;
    expect(forgotten).toBeLessThanOrEqual(round * APPS * SLUGS.length);
  }
  expect(open.provider.refreshes).toBeGreaterThan(ROUNDS);
  const last = await open.app({ integrations: { keys: keysOf(3, 1, 2) } });
  for (const slug of SLUGS) await open.as(slug, () => last.integrations.rotateKeys());
  const after = await open.app({ integrations: { keys: keysOf(3) } });
  for (const { tenant, id } of connections)
    await expect(open.as(tenant, () => after.integrations.accessToken(id))).resolves.toMatch(/^at-/);
}, 1_800_000);

/** An MCP server of one tenant, whose provider is the stand-in of all. */
async function openMcp(tenant: string) {
  const standIn = await McpStandIn.open();
  standIn.oauth = {
    metadata: { resource: standIn.url, authorization_servers: [open.provider.url] },
    isGood: (token) => open.provider.accountOf(token) !== undefined,
  };
  const mcp = app.app.get(TenantMcpServers);
  const authorized = async () => {
    const { id } = await mcp.connect({ name: 'calculator', url: standIn.url });
    const { headers } = await fetch(await mcp.authorize(id), { redirect: 'manual' });
    const query = new URL(headers.get('location') ?? '').search.slice(1);
    const { integration } = await app.integrations.finish(`mcp-${id}`, query);
    return { tenant, id, connection: integration.id, standIn };
  };
  return open.as(tenant, authorized);
}

/** @returns the grant whose tokens the connection of a server has, when all that was cut has ended. */
async function grantOfServer(
  { tenant, id, connection }: Awaited<ReturnType<typeof openMcp>>,
  reports: Reports,
): Promise<unknown> {
  await open.query(
    app,
    tenant,
    'update tenant_integrations set claimed_until = now(), expires_at = now() where claim is not null',
  );
  for (const steps of reports) {
    const queries = steps.flatMap((step) => (step.did === 'returned' ? [step.query] : []));
    const finished = steps.filter(({ did }) => did === 'connected');
    for (const step of finished) expect(step).toMatchObject({ id: connection });
    // What a browser comes back with again is good for a callback that was cut before it had begun.
    for (const [n, query] of [...queries, ...queries].entries()) {
      const answer = await app.integrations.finish(`mcp-${id}`, query).catch(({ code }) => code);
      const wasCut = n === queries.length - 1 && finished.length < queries.length;
      if (wasCut && typeof answer !== 'string') expect(answer.integration.id).toBe(connection);
      else expect(answer).toBe('INTEGRATION_STATE_INVALID');
    }
  }
  expect(await app.app.get(TenantMcpServers).test(id)).toMatchObject({ isOk: true });
  const rows = await open.query(
    app,
    tenant,
    'select id, state, claim from tenant_integrations where provider = $1',
    [`mcp-${id}`],
  );
  expect(rows).toEqual([{ id: connection, state: 'connected', claim: null }]);
  return open.provider.grantOf(await app.integrations.accessToken(connection));
}

it('processes that are killed between the authorization of an MCP server, its callback and a refresh lose no server, and none gets the tokens of another', async () => {
  const servers = await Promise.all(SLUGS.map(openMcp));
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const work = { servers: servers.map(({ tenant, id, connection }) => ({ tenant, id, connection })) };
      const killed = await Promise.all(Array.from({ length: APPS }, () => killSomewhere([1, 2], work)));
      await whenForgotten();
      const grants: unknown[] = [];
      for (const one of servers) {
        const reports = killed.map((steps) =>
          steps.filter((step) => 'tenant' in step && step.tenant === one.tenant),
        );
        grants.push(await open.as(one.tenant, () => grantOfServer(one, reports as Reports)));
      }
      expect(new Set(grants).size).toBe(servers.length);
    }
    // No token was ever sent to two servers.
    const sent = servers.map(
      ({ standIn }) => new Set(standIn.authorizations.filter((one) => one !== undefined)),
    );
    for (const [n, tokens] of sent.entries()) {
      expect(tokens.size).toBeGreaterThan(0);
      for (const other of sent.slice(n + 1))
        expect([...tokens].filter((token) => other.has(token))).toEqual([]);
    }
  } finally {
    for (const { standIn } of servers) await standIn.close();
  }
}, 1_800_000);
