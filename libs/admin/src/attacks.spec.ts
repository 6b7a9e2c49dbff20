import { Agent, request } from 'node:http';
import { Get } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { TenantController } from '@rowhouse/nestjs';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { AdminDeployment, PLATFORMS } from './admin-app.fixture.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'] as const;
const ISSUER = 'https://id.example.com';
const READING = ['GET', 'HEAD'];

/** Bodies with which the routes would change something. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST tenants': { slug: 'stolen' },
  'PATCH tenants/{tenant}': { name: 'Stolen' },
  'POST tenants/{tenant}/purge': { confirm: 'acme', beforeRetentionEnds: true },
  'POST tenants/{tenant}/keys': { label: 'stolen', scopes: ['*'] },
  'PATCH tenants/{tenant}/keys/{key}': { scopes: ['*'] },
  'POST tenants/{tenant}/keys/{key}/rotate': { overlapHours: 1 },
  'POST tenants/{tenant}/domains': { domain: 'stolen.example.com' },
  'PATCH tenants/{tenant}/settings': { theme: 'light' },
  'POST tenants/{tenant}/settings/restore': { version: 0 },
  'POST tenants/{tenant}/members': {
    issuer: ISSUER,
    subject: 'eve',
    email: 'eve@example.com',
    roles: ['owner'],
  },
  'PATCH tenants/{tenant}/members/{member}': { roles: ['owner'], status: 'suspended' },
  'POST tenants/{tenant}/invitations': { email: 'eve@example.com', roles: ['owner'] },
};

/** Other ways to write a path, each of which some proxy or framework takes for the path itself. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'a slash more at the beginning': (path) => `/${path}`,
  'a slash more within': (path) => path.replace('/admin/', '/admin//'),
  'a slash at the end': (path) => `${path}/`,
  'upper case': (path) => path.replace('/admin', '/ADMIN'),
  'an encoded letter': (path) => path.replace('/admin', '/%61dmin'),
  'a letter encoded twice': (path) => path.replace('/admin', '/%2561dmin'),
  'an encoded slash': (path) => path.replace('/admin/', '/admin%2f'),
  'a backslash': (path) => path.replace('/admin/', '/admin\\'),
  'a parameter of a segment': (path) => path.replace('/admin/', '/admin;x=1/'),
  'a dot': (path) => `/.${path}`,
  'an encoded dot': (path) => `/%2e${path}`,
  'two dots': (path) => `/here/..${path}`,
  'two encoded dots': (path) => `/here/%2e%2e${path}`,
  'two dots and a parameter': (path) => `/here/..;${path}`,
  'a whole URL': (path) => `http://127.0.0.1${path}`,
  'a method in the query': (path) => `${path}?_method=DELETE`,
  'an extension': (path) => `${path}.json`,
  'a NUL': (path) => `${path}%00`,
};

/** What some frameworks take for the method. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

@TenantController('here')
class HereController {
  @Get()
  here() {
    return {};
  }
}

describe.each(PLATFORMS)('attacks on the admin API on %s', (platform) => {
  let deployment: AdminDeployment;
  let app: Awaited<ReturnType<AdminDeployment['start']>>;
  let routes: { method: string; template: string; path: string; body: unknown }[];
  /** Routes for everybody. */
  let open: string[];
  /** Who is no operator: the headers that they send. */
  let strangers: Record<string, Record<string, string>>;
  const agent = new Agent({ keepAlive: true });
  let count = 0;

  beforeAll(async () => {
    deployment = await AdminDeployment.open();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] };
    app = await deployment.start({
      platform,
      controllers: [HereController],
      // What it writes by itself every minute is no change by an attack.
      isQuiet: true,
      // The operators and the users of tenants sign in at the same place.
      jwt: { issuer: ISSUER, audience: 'operators', jwks },
    });
    const begun = await app.call('POST', 'tenants', { body: { slug: 'acme' } });
    await app.ended(begun);
    const key = (await app.call('POST', 'tenants/acme/keys', { body: { label: 'ci', scopes: ['*'] } })).body;
    const member = (
      await app.call('POST', 'tenants/acme/members', {
        body: { issuer: ISSUER, subject: 'mo', email: 'mo@example.com', roles: ['owner'] },
      })
    ).body;
    const invitation = (
      await app.call('POST', 'tenants/acme/invitations', {
        body: { email: 'i@example.com', roles: ['member'] },
      })
    ).body;
    await app.call('POST', 'tenants/acme/domains', { body: { domain: 'shop.example.com' } });
    await app.call('PATCH', 'tenants/acme/settings', { body: { theme: 'dark' } });

    const token = (audience: string | undefined, claims: object) => {
      const jwt = new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setSubject('mo')
        .setIssuer(ISSUER)
        .setExpirationTime('1h');
      return (audience === undefined ? jwt : jwt.setAudience(audience)).sign(privateKey);
    };
    const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
    const tenant = { 'x-tenant-id': 'acme' };
    strangers = {
      'an API key of a tenant': { 'x-api-key': key.key },
      'an API key of a tenant as a token': { ...tenant, ...bearer(key.key) },
      'a token of a tenant': { ...tenant, ...bearer(await token('shop', { tenant: 'acme' })) },
      'a token of a member with the role owner': {
        ...tenant,
        ...bearer(await token('shop', { roles: ['owner'], role: 'owner' })),
      },
      'a token for nobody with the role owner': bearer(await token(undefined, { roles: ['owner'] })),
      'a token of an operator without a role': bearer(await token('operators', { roles: ['member'] })),
    };

    const ids: Record<string, string> = {
      tenant: 'acme',
      id: begun.body.id,
      key: key.id,
      member: member.id,
      invitation: invitation.id,
      domain: 'shop.example.com',
    };
    const { paths } = (await app.call('GET', 'openapi.json')).body as {
      paths: Record<string, Record<string, { readonly security?: readonly object[] }>>;
    };
    const all = Object.entries(paths).flatMap(([template, operations]) =>
      Object.entries(operations).map(([name, { security }]) => {
        const method = name.toUpperCase();
        const below = template.replace('/admin/', '');
        const path = template.replaceAll(/\{(\w+)\}/g, (_, parameter) => ids[parameter] ?? ids['id'] ?? '');
        return {
          method,
          template: below,
          path,
          body: BODIES[`${method} ${below}`],
          isOpen: security?.length === 0,
        };
      }),
    );
    routes = all.filter(({ isOpen }) => !isOpen);
    open = all.filter(({ isOpen }) => isOpen).map(({ method, template }) => `${method} ${template}`);
  });
  afterAll(async () => {
    agent.destroy();
    await deployment.close();
  });

  /** Sends a path as it is, each time from another address: failures to sign in are counted by address. */
  function send(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    count += 1;
    const from = [10, (count >> 16) & 255, (count >> 8) & 255, count & 255].join('.');
    const text = body === undefined || method === 'TRACE' ? '' : JSON.stringify(body);
    const { hostname, port } = new URL(app.url);
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request(
        {
          agent,
          method,
          path,
          hostname,
          port,
          headers: {
            ...headers,
            'x-forwarded-for': from,
            ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (response) => {
          let received = '';
          response.on('data', (chunk) => {
            received += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: received }));
        },
      );
      sent.setTimeout(30_000, () => sent.destroy(new Error(`${method} ${path} is not answered.`)));
      // A server may hang up on what it does not take for HTTP.
      sent.on('error', (error) =>
        /hang up|ECONNRESET|EPIPE/.test(error.message) ? resolve({ status: 400, text: '' }) : reject(error),
      );
      sent.end(text);
    });
  }

  /** All that the catalog holds, beside when a key was used: a request to no route at all uses it too. */
  async function held(): Promise<Record<string, string>> {
    const catalog = app.app.get(Catalog);
    const { rows: tables } = await catalog.query<{ name: string }>(
      `select c.relname as name from pg_class c where c.relnamespace = 'rowhouse'::regnamespace and c.relkind in ('r', 'p')
        and not c.relispartition order by 1`,
    );
    const found: Record<string, string> = {};
    for (const { name } of tables) {
      const { rows } = await catalog.query(
        `select count(*) || ' ' || coalesce(md5(string_agg(row, ' ' order by row)), '') as held from (select (to_jsonb(t) - 'last_used_at')::text as row from rowhouse.${name} t) rows`,
      );
      found[name] = rows[0].held;
    }
    return found;
  }

  /** Methods of a path may be told; nothing else. */
  const tellsMethods = (method: string, text: string) => method === 'OPTIONS' && /^[A-Z, ]*$/.test(text);

  async function attack(
    headers: Record<string, string>,
    mayAnswer: (method: string, answer: { status: number; text: string }) => boolean,
  ): Promise<readonly string[]> {
    const reached: string[] = [];
    const strike = async (method: string, path: string, body: unknown, more: Record<string, string> = {}) => {
      const answer = await send(method, path, { ...headers, ...more }, body);
      if (!mayAnswer(method, answer))
        reached.push(`${method} ${path} ${JSON.stringify(more)}: ${answer.status}`);
    };
    for (const { method, path, body } of routes) {
      for (const other of METHODS) await strike(other, path, body);
      for (const spell of Object.values(SPELLINGS)) await strike(method, spell(path), body);
      for (const header of OVERRIDES) {
        await strike('GET', path, undefined, { [header]: method });
        await strike('POST', path, body, { [header]: method });
      }
    }
    return reached;
  }

  it('find one open route, which says how to sign in', async () => {
    expect(open).toEqual(['GET auth/methods']);
    const { status, body } = await app.call('GET', 'auth/methods', { role: 'nobody' });
    expect([status, body]).toEqual([200, { provider: null, isSignedIn: false }]);
  });

  it('with anything that a tenant has reach no route, and change nothing', async () => {
    const before = await held();
    for (const [who, headers] of Object.entries(strangers)) {
      const reached = await attack(
        headers,
        (method, { status, text }) => (status >= 400 && status < 500) || tellsMethods(method, text),
      );
      expect([who, reached]).toEqual([who, []]);
    }
    expect(await held()).toEqual(before);
  }, 300_000);

  it('by a viewer read, and change nothing', async () => {
    const before = await held();
    const reached = await attack(
      { authorization: 'Bearer viewer' },
      (method, { status, text }) =>
        (READING.includes(method) && status < 500) ||
        (status >= 400 && status < 500) ||
        tellsMethods(method, text),
    );
    expect(reached).toEqual([]);
    expect(await held()).toEqual(before);
  }, 300_000);

  it('by replaying what an owner has sent learn and change nothing', async () => {
    const headers = { 'idempotency-key': '"owner-once"' };
    for (const { template, body } of [
      { template: 'tenants/acme/keys', body: { label: 'secret' } },
      { template: 'tenants/acme/invitations', body: { email: 'new@example.com', roles: ['owner'] } },
    ]) {
      const made = await app.call('POST', template, { headers, body });
      expect(made.status).toBe(201);
      const before = await held();
      for (const replay of [{ authorization: 'Bearer viewer' }, ...Object.values(strangers)]) {
        const answer = await send('POST', `/admin/${template}`, { ...headers, ...replay }, body);
        expect([401, 403]).toContain(answer.status);
        for (const secret of [made.body.key, made.body.token].filter(Boolean))
          expect(answer.text).not.toContain(secret);
      }
      expect(await held()).toEqual(before);
    }
  });

  it('would be seen: an owner changes something', async () => {
    const { method, path, body } =
      routes.find(({ template }) => template === 'tenants/{tenant}/settings/restore') ?? {};
    const before = await held();
    const answer = await send(String(method), String(path), { authorization: 'Bearer owner' }, body);
    expect(answer.status).toBe(200);
    expect(await held()).not.toEqual(before);
  });
});
