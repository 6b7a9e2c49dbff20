import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { until } from '../../../../test/support/until.js';
import {
  Browser,
  type IntegrationsApp,
  IntegrationsDeployment,
  ISOLATIONS,
  keysOf,
} from '../integrations.fixture.js';
import { MCP_KEY, McpStandIn } from '../stand-ins/mcp-server.fixture.js';
import type { McpServerView } from './mcp-servers.controller.js';
import { TenantMcpServers } from './tenant-mcp-servers.js';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = {
  command: process.execPath,
  args: [
    '--import',
    file('../../../../test/setup/register-typescript.mjs'),
    file('../stand-ins/mcp-program.fixture.ts'),
  ],
  env: ({ slug }: { slug: string }) => ({ TENANT: slug }),
};

let open: IntegrationsDeployment;
let standIn: McpStandIn;
let app: IntegrationsApp;
/** What a name leads to, each time it is looked up. */
const addresses: string[] = [];
const LOCAL = {
  allowHttp: true,
  allowedNetworks: ['127.0.0.1'],
  resolveAddresses: async () => [addresses.shift() ?? '127.0.0.1'],
};
beforeAll(async () => {
  [open, standIn] = [await IntegrationsDeployment.open(), await McpStandIn.open()];
  const missing = { command: `/no/such/program/${randomUUID()}` };
  app = await open.app({ mcp: { ...LOCAL, programs: { program: PROGRAM, missing } } });
});
afterAll(async () => {
  await open?.close();
  await standIn?.close();
});
afterEach(() => {
  standIn.instead = undefined;
});

const headers = { authorization: `Bearer ${MCP_KEY}` };
const call = <T = Record<string, unknown>>(slug: string, method: string, path: string, body?: unknown) => {
  const browser = new Browser(app.url, slug);
  return browser.go<T>(`${browser.url}/mcp-servers${path}`, method, body);
};

async function connect(slug: string, body: object): Promise<string> {
  const answer = await call<McpServerView>(slug, 'POST', '', { name: 'x', ...body });
  expect(answer).toMatchObject({ status: 201, body });
  return answer.body.id;
}

async function select(slug: string, id: string, ...tools: readonly string[]): Promise<void> {
  expect(await call(slug, 'POST', `/${id}/tools`)).toMatchObject({ status: 200 });
  expect(await call(slug, 'PUT', `/${id}/tools`, { tools })).toMatchObject({ status: 200 });
}

const textOf = (answer: { body: unknown }) =>
  (answer.body as { content: [{ text: string }] }).content[0].text;
const failureOf = async (slug: string, id: string) =>
  (await call(slug, 'POST', `/${id}/test`)).body['failure'];

describe('a server by SSE', () => {
  const connectSse = (slug: string, url = standIn.sseUrl) =>
    call<McpServerView>(slug, 'POST', '', { name: 'x', transport: 'sse', url, headers }).then(
      ({ body }) => body.id,
    );

  it.each(ISOLATIONS)('is called by a tenant with isolation %s, and no stream is left', async (isolation) => {
    const slug = `${isolation}-one`;
    const id = await connectSse(slug);
    expect(await call(slug, 'POST', `/${id}/test`)).toMatchObject({
      body: { isOk: true, server: { name: 'calculator' } },
    });
    await select(slug, id, 'add');
    const answer = await call(slug, 'POST', `/${id}/call`, { tool: 'add', arguments: { a: 2, b: 3 } });
    expect(textOf(answer)).toBe('5');
    await until(() => standIn.streams === 0);
    expect(await call(`${isolation}-two`, 'POST', `/${id}/test`)).toMatchObject({ status: 404 });
  });

  it('wants its key', async () => {
    const body = {
      name: 'x',
      transport: 'sse',
      url: standIn.sseUrl,
      headers: { authorization: 'Bearer no' },
    };
    const { id } = (await call<McpServerView>('schema-one', 'POST', '', body)).body;
    expect(await failureOf('schema-one', id)).toBe('credentials');
  });

  it('is answered no more than maxBytes, and not waited for longer than timeoutMs', async () => {
    const id = await connectSse('row-one');
    await select('row-one', id, 'huge');
    expect(await call('row-one', 'POST', `/${id}/call`, { tool: 'huge' })).toMatchObject({
      status: 502,
      body: { detail: expect.stringContaining('size') },
    });
    standIn.instead = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const hasty = (await open.app({ mcp: { ...LOCAL, timeoutMs: 200 } })).app.get(TenantMcpServers);
    expect(await open.as('row-one', () => hasty.test(id))).toEqual({ isOk: false, failure: 'timeout' });
  });

  it.each<[string, (response: ServerResponse, url: string) => void]>([
    ['an endpoint elsewhere', (response, url) => stream(response, `event: endpoint\ndata: ${url}\n\n`)],
    [
      'an endpoint that is none',
      (response) => stream(response, 'event: endpoint\ndata: file:///etc/passwd\n\n'),
    ],
    ['a redirect', (response, url) => response.writeHead(302, { location: url }).end()],
    ['a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['nothing', (response) => response.destroy()],
    ['an end', (response) => response.writeHead(204).end()],
  ])('that answers with %s leads nowhere', async (_, answer) => {
    const victim = await McpStandIn.open();
    const id = await connectSse('schema-two');
    standIn.instead = (_request, response) => answer(response, victim.url);
    expect(await failureOf('schema-two', id)).toMatch(/^(protocol|connection)$/);
    expect(victim.authorizations).toEqual([]);
    await victim.close();
  });

  it('is not asked where its name leads into the network meanwhile', async () => {
    const id = await connectSse('schema-two', `http://mcp.example.com:${standIn.port}/sse`);
    const before = standIn.authorizations.length;
    addresses.push('10.0.0.1');
    expect(await failureOf('schema-two', id)).toBe('address');
    expect(standIn.authorizations).toHaveLength(before);
    addresses.push('127.0.0.1', '169.254.169.254');
    expect(await failureOf('schema-two', id)).toBe('address');
    expect(standIn.authorizations).toHaveLength(before + 1);
  });
});

const stream = (response: ServerResponse, text: string) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text);

describe('a program', () => {
  const program = { transport: 'stdio', program: 'program' };

  it.each(ISOLATIONS)(
    'is started for a tenant with isolation %s, with the environment that the options give it',
    async (isolation) => {
      const slug = `${isolation}-one`;
      const id = await connect(slug, program);
      await select(slug, id, 'environment');
      const answer = await call(slug, 'POST', `/${id}/call`, { tool: 'environment' });
      const environment = JSON.parse(textOf(answer)) as Record<string, string>;
      expect(environment['TENANT']).toBe(slug);
      expect(Object.keys(environment)).not.toContain('NODE_ENV');
      expect(await call(`${isolation}-two`, 'POST', `/${id}/call`, { tool: 'environment' })).toMatchObject({
        status: 404,
      });
    },
  );

  it('is bounded in what it answers, and may end itself', async () => {
    const id = await connect('row-two', program);
    await select('row-two', id, 'huge', 'end');
    for (const [tool, failure] of [
      ['huge', 'size'],
      ['end', 'connection'],
    ])
      expect(await call('row-two', 'POST', `/${id}/call`, { tool })).toMatchObject({
        status: 502,
        body: { detail: expect.stringContaining(failure as string) },
      });
  });

  it('that is not there says so', async () => {
    expect(await failureOf('row-two', await connect('row-two', { ...program, program: 'missing' }))).toBe(
      'connection',
    );
  });

  it.each<[object]>([
    [{ transport: 'stdio' }],
    [{ transport: 'stdio', program: 'unknown' }],
    [{ transport: 'stdio', program: 'constructor' }],
    [{ transport: 'stdio', program: '/bin/sh' }],
    [{ transport: 'stdio', program: 'program', url: 'https://example.com/' }],
    [{ transport: 'stdio', program: 'program', headers: { 'x-a': 'b' } }],
    [{ transport: 'stdio', program: 'program', integrationId: randomUUID() }],
    [{ transport: 'stdio', program: 'program', command: '/bin/sh' }],
    [{ transport: 'stdio', program: 'program', args: ['-c', 'id'] }],
    [{ transport: 'stdio', program: 'program', env: { LD_PRELOAD: 'x' } }],
    [{ transport: 'stdio', command: '/bin/sh' }],
    [{ transport: 'http', program: 'program' }],
    [{ transport: 'http', url: 'https://example.com/', program: 'program' }],
    [{ transport: 'sse' }],
    [{ transport: 'sse', url: 'https://10.0.0.1/' }],
    [{ transport: 'websocket', url: 'https://example.com/' }],
  ])('is not named by %j', async (body) => {
    expect(await call('schema-one', 'POST', '', { name: 'x', ...body })).toMatchObject({
      status: 400,
      body: { code: 'INTEGRATION_INVALID' },
    });
  });
});

it.each(ISOLATIONS)('keys of headers are rotated with isolation %s', async (isolation) => {
  const slug = `${isolation}-one`;
  const { body } = await call<McpServerView>(slug, 'POST', '', { name: 'x', url: standIn.url, headers });
  const { id } = body;
  const rotated = async (...ids: readonly number[]) => {
    const next = await open.app({ mcp: { ...LOCAL, keys: keysOf(...ids) } });
    return next.app.get(TenantMcpServers);
  };
  const both = await rotated(2, 1);
  expect((await open.as(slug, () => both.rotateKeys())).rotated).toBeGreaterThan(0);
  expect(await open.as(slug, () => both.rotateKeys())).toEqual({ rotated: 0 });
  const alone = await rotated(2);
  expect(await open.as(slug, () => alone.test(id))).toMatchObject({ isOk: true });
});
