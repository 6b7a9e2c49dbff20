/** @suite postgres15 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Browser,
  type IntegrationsApp,
  IntegrationsDeployment,
  ISOLATIONS,
} from '../integrations.fixture.js';
import { MCP_KEY, McpStandIn } from '../stand-ins/mcp-server.fixture.js';
import type { McpServerView } from './mcp-servers.controller.js';
import type { McpTool } from './tenant-mcp-server.entity.js';

let open: IntegrationsDeployment;
let standIn: McpStandIn;
/** What a name leads to, each time it is looked up. */
const addresses: string[] = [];
let app: IntegrationsApp;
/** Allows nothing but what is public. */
let strict: IntegrationsApp;
beforeAll(async () => {
  [open, standIn] = [await IntegrationsDeployment.open(), await McpStandIn.open()];
  app = await open.app({
    mcp: {
      allowHttp: true,
      allowedNetworks: ['127.0.0.1'],
      timeoutMs: 3_000,
      resolveAddresses: async () => [addresses.shift() ?? '127.0.0.1'],
    },
  });
  strict = await open.app({ platform: 'express' });
});
afterAll(async () => {
  await open?.close();
  await standIn?.close();
});
afterEach(() => {
  standIn.instead = undefined;
  addresses.length = 0;
});

const headers = { authorization: `Bearer ${MCP_KEY}`, 'x-other': 'another "secret"' };
const call = <T>(browser: Browser, method: string, path: string, body?: unknown) =>
  browser.go<T>(`${browser.url}/mcp-servers${path}`, method, body);
const browserOf = (slug: string) => new Browser(app.url, slug);

async function connect(browser: Browser, url = standIn.url): Promise<string> {
  const { status, body } = await call<McpServerView>(browser, 'POST', '', { name: 'x', url, headers });
  expect(status).toBe(201);
  return body.id;
}

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  const [victimSlug, attackerSlug] = [`${isolation}-one`, `${isolation}-two`];
  let id: string;
  beforeAll(async () => {
    id = await connect(browserOf(victimSlug));
    await call(browserOf(victimSlug), 'POST', `/${id}/tools`);
    await call(browserOf(victimSlug), 'PUT', `/${id}/tools`, { tools: ['add', 'whoami', 'huge', 'never'] });
  });

  it.each<[string, string, unknown]>([
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['POST', '/test', undefined],
    ['POST', '/tools', undefined],
    ['PUT', '/tools', { tools: ['add'] }],
    ['POST', '/call', { tool: 'add', arguments: { a: 1, b: 1 } }],
    ['GET', '/exchanges', undefined],
  ])("reaches nothing of another's server: %s %s", async (method, path, body) => {
    expect(await call(browserOf(attackerSlug), method, `/${id}${path}`, body)).toMatchObject({
      status: 404,
      body: { code: 'MCP_SERVER_NOT_FOUND' },
    });
    const { body: listed } = await call<{ items: McpServerView[] }>(browserOf(attackerSlug), 'GET', '');
    expect(listed.items.map((server) => server.id)).not.toContain(id);
  });

  it("uses no connection of another's for a server of its own", async () => {
    const integrationId = await browserOf(victimSlug).connect();
    expect(
      await call(browserOf(attackerSlug), 'POST', '', { name: 'x', url: standIn.url, integrationId }),
    ).toMatchObject({ status: 404, body: { code: 'INTEGRATION_NOT_FOUND' } });
  });

  it('cannot read headers of a row that was copied from another', async () => {
    const columns =
      'name, transport, url, tools, version, created_by, created_at, key_id, data_key, ciphertext';
    const [row = {}] = await open.query(
      app,
      victimSlug,
      `select ${columns.replace('tools', 'tools::text')} from tenant_mcp_servers where id = $1`,
      [id],
    );
    const copy = isolation === 'row' ? randomUUID() : id;
    await open.query(
      app,
      attackerSlug,
      `insert into tenant_mcp_servers (id, ${columns}) values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11)`,
      [copy, ...Object.values(row)],
    );
    const before = standIn.authorizations.length;
    expect(await call(browserOf(attackerSlug), 'POST', `/${copy}/test`)).toMatchObject({ status: 409 });
    expect(standIn.authorizations).toHaveLength(before);
    await call(browserOf(attackerSlug), 'DELETE', `/${copy}`);
  });

  it('sees no secret, whatever the server says', async () => {
    const browser = browserOf(victimSlug);
    const whoami = await call<{ content: { text: string }[] }>(browser, 'POST', `/${id}/call`, {
      tool: 'whoami',
    });
    expect(whoami.body.content[0]?.text).toContain(MCP_KEY);
    standIn.instead = (_, response) => response.writeHead(500).end(JSON.stringify(headers));
    const failed = await call(browser, 'POST', `/${id}/call`, { tool: 'add' });
    expect(failed).toMatchObject({ status: 502, body: { code: 'MCP_SERVER_FAILED' } });
    const seen = JSON.stringify([
      failed,
      await call(browser, 'GET', `/${id}/exchanges`),
      await call(browser, 'GET', `/${id}`),
      await call(browser, 'GET', ''),
    ]);
    expect(seen).toContain('[secret]');
    expect(seen).not.toContain(MCP_KEY);
    expect(seen).not.toMatch(/another .{0,4}secret|cipher|dataKey/);
    const stored = await open.query(app, victimSlug, 'select request, answer from tenant_mcp_exchanges');
    expect(JSON.stringify(stored)).not.toContain(MCP_KEY);
  });

  it('is answered no more than maxBytes, and waits no longer than timeoutMs', async () => {
    const failure = async (tool: string) =>
      (await call<{ detail: string }>(browserOf(victimSlug), 'POST', `/${id}/call`, { tool })).body.detail;
    expect(await failure('huge')).toContain('size');
    expect(await failure('never')).toContain('timeout');
  });
});

describe('a server is not named', () => {
  it.each([
    'http://example.com/mcp',
    'https://127.0.0.1/mcp',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.100.100.200/',
    'https://0.0.0.0/',
    'https://user:password@example.com/',
    'https://example.com:22/',
    'https://example.com/#x',
    'file:///etc/passwd',
    'ftp://example.com/',
    'javascript:alert(1)',
    'example.com',
    '',
  ])('%s', async (url) => {
    const browser = new Browser(strict.url, 'schema-one');
    expect(await call(browser, 'POST', '', { name: 'x', url })).toMatchObject({
      status: 400,
      body: { code: 'INTEGRATION_INVALID' },
    });
  });

  it.each<[Record<string, string>]>([
    [{ host: 'internal' }],
    [{ 'Content-Length': '0' }],
    [{ 'transfer-encoding': 'chunked' }],
    [{ 'mcp-session-id': 'of somebody else' }],
    [{ cookie: 'a=b' }],
    [{ 'x-a': 'b\r\nhost: internal' }],
    [{ 'x-a\r\nhost': 'internal' }],
    [{ 'x-a': 'ü' }],
    [Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`x-${n}`, 'y']))],
  ])('with the headers %j', async (given) => {
    const body = { name: 'x', url: standIn.url, headers: given };
    expect(await call(browserOf('schema-one'), 'POST', '', body)).toMatchObject({
      status: 400,
      body: { code: 'INTEGRATION_INVALID' },
    });
  });
});

describe('a server that is there', () => {
  const browser = () => browserOf('schema-two');
  const test = async (id: string) =>
    (await call<{ failure: string }>(browser(), 'POST', `/${id}/test`)).body.failure;

  it('and is public when it is named, but private afterwards, is not asked', async () => {
    const id = await connect(browser(), `http://mcp.example.com:${standIn.port}/mcp`);
    const before = standIn.authorizations.length;
    for (const address of ['10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1', 'no address']) {
      addresses.push(address);
      expect(await test(id)).toBe('address');
    }
    // Between two requests of one session.
    expect(standIn.authorizations).toHaveLength(before);
    addresses.push('127.0.0.1', '192.168.0.1');
    expect(await test(id)).toBe('address');
    expect(standIn.authorizations).toHaveLength(before + 1);
  });

  it.each([301, 302, 303, 307, 308])('and redirects elsewhere with %i leads nowhere', async (status) => {
    const asked: string[] = [];
    const victim = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{}');
    });
    victim.listen(0, '127.0.0.1');
    await once(victim, 'listening');
    const { port } = victim.address() as AddressInfo;
    const id = await connect(browser());
    for (const location of [
      `http://127.0.0.1:${port}/`,
      'http://10.0.0.1/',
      `//127.0.0.1:${port}/`,
      'file:///etc/passwd',
    ]) {
      standIn.instead = (_, response) => response.writeHead(status, { location }).end();
      expect(await test(id)).toMatch(/protocol|address/);
    }
    expect(asked).toEqual([]);
    await new Promise((resolve) => victim.close(resolve));
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['nothing', (response) => response.destroy()],
    ['no JSON', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>')],
    ['another type', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    [
      'a broken stream',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {\n\n'),
    ],
    [
      'much JSON',
      (response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify('x'.repeat(2_000_000))),
    ],
    ['an error', (response) => response.writeHead(404).end('x'.repeat(2_000_000))],
    [
      'that it is not let in',
      (response) =>
        response.writeHead(401, { 'www-authenticate': 'Bearer resource_metadata="http://10.0.0.1/"' }).end(),
    ],
  ])('and answers %s is no server', async (_, answer) => {
    const id = await connect(browser());
    standIn.instead = (_request, response) => answer(response);
    expect(await test(id)).toMatch(/^(connection|protocol|size|credentials|timeout)$/);
  });

  it('and names tools as it likes gets none listed but those that are sound', async () => {
    const id = await connect(browser());
    const inputSchema = { type: 'object' };
    speak({
      tools: [
        { name: 'sound', inputSchema },
        { name: 'sound', inputSchema, description: 'twice' },
        { name: '', inputSchema },
        { name: 'with space', inputSchema },
        { name: '<script>alert(1)</script>', inputSchema },
        { name: 'x\u202Egnirts', inputSchema },
        { name: 'x'.repeat(129), inputSchema },
        { name: 'nul', inputSchema, description: 'a\u0000b' },
        { name: 'half', inputSchema, description: '\uD800' },
        { name: 'long', inputSchema, description: 'x'.repeat(4_001) },
        { name: 'large', inputSchema: { ...inputSchema, description: 'x'.repeat(40_000) } },
        { name: 'pattern', inputSchema: { ...inputSchema, pattern: '^(a+)+$' } },
        { name: '__proto__', inputSchema },
      ],
    });
    const { body } = await call<{ tools: McpTool[] }>(browser(), 'POST', `/${id}/tools`);
    expect(body.tools.map(({ name }) => name)).toEqual(['sound', 'pattern', '__proto__']);
    expect(await call(browser(), 'PUT', `/${id}/tools`, { tools: ['nul'] })).toMatchObject({ status: 400 });
    for (const tool of ['__proto__', 'constructor', 'sound', 'SOUND', ''])
      expect(await call(browser(), 'POST', `/${id}/call`, { tool })).toMatchObject({ status: 403 });
  });

  it('and lists tools without an end is asked for twenty pages', async () => {
    const id = await connect(browser());
    const asked = speak({ tools: [{ name: 'again', inputSchema: { type: 'object' } }], nextCursor: 'more' });
    const { body } = await call<{ tools: McpTool[] }>(browser(), 'POST', `/${id}/tools`);
    expect(body.tools).toHaveLength(1);
    expect(asked.filter((method) => method === 'tools/list')).toHaveLength(20);
  });

  it('and nests its answer too deeply, or asks back, gets an error at most', async () => {
    const id = await connect(browser());
    speak({ tools: [{ name: 'deep', inputSchema: { type: 'object' } }] });
    await call(browser(), 'POST', `/${id}/tools`);
    await call(browser(), 'PUT', `/${id}/tools`, { tools: ['deep'] });
    speak(`{"content":[],"structuredContent":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`);
    expect((await call(browser(), 'POST', `/${id}/call`, { tool: 'deep' })).status).toBe(502);
    speak({ content: [{ type: 'of no kind' }] });
    expect((await call(browser(), 'POST', `/${id}/call`, { tool: 'deep' })).status).toBe(502);
  });

  it('is sent no more than 64 KiB of arguments', async () => {
    const id = await connect(browser());
    await call(browser(), 'POST', `/${id}/tools`);
    await call(browser(), 'PUT', `/${id}/tools`, { tools: ['add'] });
    const args = { a: 'x'.repeat(70_000) };
    expect(await call(browser(), 'POST', `/${id}/call`, { tool: 'add', arguments: args })).toMatchObject({
      status: 400,
    });
  });
});

/** The stand-in answers `initialize` as it should, and every other request with this. @returns the methods it was asked for. */
function speak(result: object | string): readonly string[] {
  const asked: string[] = [];
  standIn.instead = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { id, method } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
      asked.push(method);
      if (id === undefined) {
        response.writeHead(202).end();
        return;
      }
      const hello = {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'x', version: '1' },
      };
      const answer = method === 'initialize' ? hello : result;
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(`{"jsonrpc":"2.0","id":${id},"result":${text}}`);
    });
  };
  return asked;
}
