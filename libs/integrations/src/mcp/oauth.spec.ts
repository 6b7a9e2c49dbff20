/** @suite postgres15 */
import {
  Browser,
  type IntegrationsApp,
  IntegrationsDeployment,
  ISOLATIONS,
} from '../integrations.fixture.js';
import { MCP_KEY, McpStandIn } from '../stand-ins/mcp-server.fixture.js';
import type { McpServerView } from './mcp-servers.controller.js';

let open: IntegrationsDeployment;
let standIn: McpStandIn;
let app: IntegrationsApp;
beforeAll(async () => {
  [open, standIn] = [await IntegrationsDeployment.open(), await McpStandIn.open()];
  app = await open.app({ mcp: { allowHttp: true, allowedNetworks: ['127.0.0.1'] } });
});
afterAll(async () => {
  await open?.close();
  await standIn?.close();
});
beforeEach(() => {
  say({});
  open.provider.metadata = {};
});

/** What the server says of its authorization. */
function say(metadata: object): void {
  standIn.oauth = {
    metadata: { resource: standIn.url, authorization_servers: [open.provider.url], ...metadata },
    isGood: (token) => open.provider.accountOf(token) !== undefined,
  };
}

const browserOf = (slug: string) => new Browser(app.url, slug);
const call = <T = Record<string, unknown>>(slug: string, method: string, path: string, body?: unknown) =>
  browserOf(slug).go<T>(`${app.url}/mcp-servers${path}`, method, body);
const test = async (slug: string, id: string) => (await call(slug, 'POST', `/${id}/test`)).body;

async function connect(slug: string, more: object = {}): Promise<string> {
  const body = { name: 'x', url: standIn.url, ...more };
  return (await call<McpServerView>(slug, 'POST', '', body)).body.id;
}

/** @returns where the provider sends the browser back to. */
async function begin(slug: string, id: string): Promise<string> {
  const { status, body } = await call<{ url: string }>(slug, 'POST', `/${id}/authorize`, {
    returnTo: '/mcp',
  });
  expect(status).toBe(200);
  const { headers } = await fetch(body.url, { redirect: 'manual' });
  return headers.get('location') ?? '';
}

async function authorize(slug: string, id: string): Promise<string> {
  const { status, location } = await browserOf(slug).returned(await begin(slug, id));
  expect(status).toBe(302);
  return new URL(location ?? '').searchParams.get('integration') ?? '';
}

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  const [one, two] = [`${isolation}-one`, `${isolation}-two`];

  it('is let in by the provider that a server names, and its tokens are refreshed and revoked', async () => {
    const id = await connect(one);
    expect(await test(one, id)).toEqual({ isOk: false, failure: 'credentials' });
    const connection = await authorize(one, id);
    expect(await test(one, id)).toMatchObject({ isOk: true });
    expect(open.provider.resources.at(-1)).toBe(standIn.url);
    const { body } = await browserOf(one).call('GET', `/${connection}`);
    expect(body).toMatchObject({ provider: `mcp-${id}`, scope: 'mcp' });

    await open.expire(app, one, connection);
    expect(await test(one, id)).toMatchObject({ isOk: true });
    const token = await open.as(one, () => app.integrations.accessToken(connection));
    const seen = JSON.stringify([
      await call(one, 'GET', `/${id}`),
      await call(one, 'GET', `/${id}/exchanges`),
      await browserOf(one).list(),
      await open.query(app, one, 'select * from tenant_integrations'),
    ]);
    for (const secret of open.provider.secrets) expect(seen).not.toContain(secret);

    open.provider.withdraw(open.provider.account);
    await open.expire(app, one, connection);
    expect(await call(one, 'POST', `/${id}/test`)).toMatchObject({ status: 409 });
    expect(await authorize(one, id)).toBe(connection);
    expect(await test(one, id)).toMatchObject({ isOk: true });
    const next = await open.as(one, () => app.integrations.accessToken(connection));
    expect(next).not.toBe(token);
    expect(await call(one, 'DELETE', `/${id}`)).toMatchObject({ status: 204 });
    expect(open.provider.isRevoked(next)).toBe(true);
    expect((await browserOf(one).list()).map((row) => row.id)).not.toContain(connection);
  });

  it('begins nothing for the server of another, and is not sent its tokens', async () => {
    const id = await connect(one);
    const connection = await authorize(one, id);
    expect(await call(two, 'POST', `/${id}/authorize`)).toMatchObject({ status: 404 });
    expect(await browserOf(two).call('GET', `/${connection}`)).toMatchObject({ status: 404 });
    const url = await begin(one, id);
    expect(await browserOf(two).go(url)).toMatchObject({ status: 403 });
    const other = await connect(one);
    // The callback of one server is no callback of another.
    expect(await browserOf(one).returned(url.replace(id, other))).toMatchObject({ status: 403 });
    // Nor are tokens of one server sent to another.
    expect(await test(one, other)).toMatchObject({ failure: 'credentials' });
    expect(
      await call(one, 'POST', '', { name: 'x', url: standIn.url, integrationId: connection }),
    ).toMatchObject({ status: 404, body: { code: 'INTEGRATION_PROVIDER_UNKNOWN' } });
  });
});

describe('a server whose provider', () => {
  const slug = 'schema-one';

  it.each<[string, object, Record<string, unknown>]>([
    ['is in the network', { authorization_servers: ['http://10.0.0.1/'] }, {}],
    ['is not named', { authorization_servers: [] }, {}],
    ['is no URL', { authorization_servers: ['file:///etc/passwd'] }, {}],
    ['has tokens for another resource', { resource: 'https://bank.example/mcp' }, {}],
    ['is another issuer', {}, { issuer: 'https://accounts.example.com' }],
    ['has no PKCE', {}, { code_challenge_methods_supported: ['plain'] }],
    ['says nothing of PKCE', {}, { code_challenge_methods_supported: undefined }],
    ['sends browsers to scripts', {}, { authorization_endpoint: 'javascript:alert(1)' }],
    ['sends browsers into the network', {}, { authorization_endpoint: 'http://10.0.0.1/authorize' }],
    ['has tokens in the network', {}, { token_endpoint: 'http://169.254.169.254/token' }],
    ['revokes in the network', {}, { revocation_endpoint: 'http://[::1]/revoke' }],
    ['registers in the network', {}, { registration_endpoint: 'http://192.168.0.1/register' }],
  ])('%s is not asked', async (_, resource, metadata) => {
    const id = await connect(slug);
    say(resource);
    open.provider.metadata = metadata;
    expect(await call(slug, 'POST', `/${id}/authorize`)).toMatchObject({
      status: 502,
      body: { code: 'MCP_SERVER_FAILED' },
    });
  });

  it('registers no client is given one', async () => {
    const id = await connect(slug);
    open.provider.metadata = { registration_endpoint: undefined };
    expect(await call(slug, 'POST', `/${id}/authorize`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'clientId' }] },
    });
    const { body } = await call<{ url: string }>(slug, 'POST', `/${id}/authorize`, { clientId: 'of-ada' });
    expect(new URL(body.url).searchParams.get('client_id')).toBe('of-ada');
  });

  it('answers in the name of another is refused', async () => {
    const id = await connect(slug);
    const url = new URL(await begin(slug, id));
    for (const iss of ['https://accounts.example.com', undefined]) {
      if (iss === undefined) url.searchParams.delete('iss');
      else url.searchParams.set('iss', iss);
      const again = new URL(await begin(slug, id));
      url.searchParams.set('state', again.searchParams.get('state') ?? '');
      const { location } = await browserOf(slug).returned(url.href);
      expect(new URL(location ?? '').searchParams.get('integration_error')).toBe('invalid_response');
    }
  });

  it('is down does not keep the server from being removed', async () => {
    const id = await connect(slug);
    const connection = await authorize(slug, id);
    open.provider.isDown = true;
    expect(await call(slug, 'DELETE', `/${id}`)).toMatchObject({ status: 204 });
    open.provider.isDown = false;
    expect((await browserOf(slug).list()).find((row) => row.id === connection)?.state).toBe('removing');
  });

  it('is not needed: a key will do', async () => {
    const id = await connect(slug, { headers: { authorization: `Bearer ${MCP_KEY}` } });
    standIn.oauth = undefined;
    expect(await test(slug, id)).toMatchObject({ isOk: true });
  });
});
