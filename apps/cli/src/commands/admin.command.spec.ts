import { createServer } from 'node:net';
import { jest } from '@jest/globals';
import { until } from '../../../../test/support/until.js';
import { type App, openApp } from '../app.fixture.js';

let app: App;
beforeEach(async () => {
  app = await openApp();
});
afterEach(() => app.close());

it('admin serves the API until it is stopped, and makes tenants', async () => {
  const stop = new AbortController();
  const port = await freePort();
  const command = app.rowhouse(`admin --port ${port} --json`, {
    signal: stop.signal,
    env: { ...app.env, ROWHOUSE_ADMIN_TOKEN: 'secret' },
  });
  const url = `http://127.0.0.1:${port}/admin/tenants`;
  const call = (init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { authorization: 'Bearer secret', 'content-type': 'application/json' } });
  try {
    let isOver = false;
    void command.finally(() => {
      isOver = true;
    });
    let answer: Response | undefined;
    await until(async () => {
      answer = await call({ method: 'POST', body: '{"slug":"acme"}' }).catch(() => undefined);
      return answer ?? isOver;
    });
    if (!answer) throw new Error((await command).stderr);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({
      kind: 'tenant.create',
      actor: { type: 'operator', id: 'token' },
    });
    expect((await fetch(url)).status).toBe(401);
    const below = async (path: string) => {
      const found = await fetch(new URL(path, url), { headers: { authorization: 'Bearer secret' } });
      return { status: found.status, body: (await found.json()) as { [key: string]: unknown } };
    };
    expect(await below('/health/ready')).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await below('doctor?quick=true')).toMatchObject({
      status: 200,
      body: { checks: expect.any(Array) },
    });
    expect(await below('drift')).toMatchObject({ status: 200, body: { items: [] } });
    for (const path of ['cache/stats', 'pools'])
      expect(await below(path)).toMatchObject({ status: 404, body: { code: 'NOT_IN_THIS_PROCESS' } });
    const missing = await fetch(url.replace('tenants', 'nothing'), {
      headers: { authorization: 'Bearer secret' },
    });
    expect(missing.headers.get('content-type')).toContain('application/problem+json');
    expect(await missing.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(missing.headers.get('x-powered-by')).toBeNull();
    for (let slugs: string[] = []; slugs[0] !== 'acme'; )
      slugs = ((await (await call()).json()) as { items: { slug: string; status: string }[] }).items
        .filter(({ status }) => status === 'active')
        .map(({ slug }) => slug);
  } finally {
    stop.abort();
  }
  expect(await command).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`"url": "http://127.0.0.1:${port}/admin"`),
  });
});

it('admin lets people sign in where the environment names a provider, and then makes no token', async () => {
  const stop = new AbortController();
  const port = await freePort();
  const oidc = {
    ROWHOUSE_ADMIN_OIDC_ISSUER: 'http://127.0.0.1:1',
    ROWHOUSE_ADMIN_OIDC_CLIENT_ID: 'rowhouse',
  };
  const command = app.rowhouse(`admin --port ${port} --json`, {
    signal: stop.signal,
    env: { ...app.env, ...oidc },
  });
  try {
    const ask = () => fetch(`http://127.0.0.1:${port}/admin/auth/login`).catch(() => undefined);
    let answer: Response | undefined;
    await until(async () => {
      answer = await ask();
      return answer;
    });
    // The provider is asked, and is not there.
    expect(await answer?.json()).toMatchObject({ status: 503, code: 'SIGN_IN_UNAVAILABLE' });
  } finally {
    stop.abort();
  }
  const { stdout } = await command;
  const host = `http://127.0.0.1:${port}`;
  expect(JSON.parse(stdout)).toEqual({ url: `${host}/admin`, ui: `${host}/ui` });
  const { code, stderr } = await app.rowhouse(`admin --port 0`, { env: { ...app.env, ...oidc } });
  expect([code, stderr]).toEqual([2, expect.stringContaining('url: expected a URL')]);
});

it('admin says that its port is taken, in one line', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  const written = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write'));
  try {
    const { code, stderr } = await app.rowhouse(`admin --port ${port}`);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining(`Port ${port} is taken. Choose another: --port ${port + 10}.`),
    ]);
    expect(code).toBe(2);
    expect(JSON.stringify(written.map(({ mock }) => mock.calls))).not.toContain('EADDRINUSE');
  } finally {
    for (const spy of written) spy.mockRestore();
    other.close();
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
