import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { TENANT_STORE } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { AdminDeployment } from '../admin-app.fixture.js';
import { Browser } from '../sign-in/browser.fixture.js';
import { Issuer } from '../sign-in/issuer.fixture.js';
import { type AdminServerOptions, createAdminServer } from './admin-server.js';

let deployment: AdminDeployment;
let issuer: Issuer;
let app: INestApplication;
const servers: INestApplication[] = [];

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  issuer = await Issuer.open();
  ({ app } = await deployment.start());
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(async () => {
  await issuer.close();
  await deployment.close();
});

async function serve(options: Partial<AdminServerOptions>): Promise<string> {
  const server = await createAdminServer({
    catalog: app.get(Catalog),
    fleet: app.get(Fleet),
    store: app.get(TENANT_STORE),
    auth: new OperatorAuth({ tokens: [{ token: () => 'secret' }] }),
    ...options,
  });
  servers.push(server);
  server.useLogger(false);
  await server.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${(server.getHttpServer().address() as AddressInfo).port}`;
}

it('lets people sign in with a browser, and those with a token too', async () => {
  const { clientId, clientSecret } = issuer;
  const publicUrl = 'https://ops.example.com/admin';
  const url = await serve({
    oidc: { issuer: issuer.url, clientId, clientSecret, url: publicUrl, sessionKey: 'k'.repeat(32) },
  });
  const browser = new Browser(url, publicUrl);
  expect((await browser.signIn('/')).location).toBe('/');
  expect((await browser.send('auth/session')).body).toMatchObject({ id: 'ada', role: 'operator' });
  expect(await browser.change('cache/flush')).toMatchObject({ status: 204 });
  const failed = await new Browser(url, publicUrl).send('auth/callback?code=x');
  expect(failed).toMatchObject({ status: 401, body: { code: 'SIGN_IN_FAILED' } });
  const headers = { authorization: 'Bearer secret' };
  expect((await fetch(`${url}/admin/tenants`, { headers })).status).toBe(200);
});

it('has no routes for a sign-in without a provider', async () => {
  const url = await serve({});
  expect((await fetch(`${url}/admin/auth/login`)).status).toBe(404);
});

describe('behind proxies', () => {
  const failAs = async (url: string, address: string) =>
    (
      await fetch(`${url}/admin/tenants`, {
        headers: { authorization: 'Bearer wrong', 'x-forwarded-for': address },
      })
    ).status;

  it('refuses the client that fails too often, where the proxy is trusted', async () => {
    const url = await serve({ trustedProxies: ['127.0.0.0/8'] });
    for (let i = 0; i < 20; i += 1) expect(await failAs(url, '192.0.2.1')).toBe(401);
    expect(await failAs(url, '192.0.2.1')).toBe(429);
    expect(await failAs(url, '192.0.2.2')).toBe(401);
  });

  it('believes nobody else', async () => {
    const url = await serve({ trustedProxies: ['10.0.0.0/8'] });
    for (let i = 0; i < 20; i += 1) expect(await failAs(url, `192.0.2.${i}`)).toBe(401);
    expect(await failAs(url, '192.0.2.99')).toBe(429);
  });

  it('names a network that is none', async () => {
    await expect(serve({ trustedProxies: ['everybody'] })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});
