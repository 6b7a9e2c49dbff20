/** @suite postgres15 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import {
  type Answer,
  Browser,
  type IntegrationsApp,
  IntegrationsDeployment,
  ISOLATIONS,
  SECRET,
} from './integrations.fixture.js';
import { States } from './oauth/states.js';

let open: IntegrationsDeployment;
let app: IntegrationsApp;
beforeAll(async () => {
  open = await IntegrationsDeployment.open();
  app = await open.app({ platform: 'express' });
});
afterAll(() => open?.close());

const refused = (answer: Answer) =>
  expect(answer).toMatchObject({ status: 403, location: null, body: { code: 'INTEGRATION_STATE_INVALID' } });

/** The URL with other values for these parameters of its query. */
function altered(url: string, parameters: Record<string, string>): string {
  const other = new URL(url);
  for (const [name, value] of Object.entries(parameters)) other.searchParams.set(name, value);
  return other.href;
}

const stateOf = (url: string) => new URL(url).searchParams.get('state') ?? '';

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  const [victimSlug, attackerSlug] = [`${isolation}-one`, `${isolation}-two`];
  const [victim, attacker] = [
    () => new Browser(app.url, victimSlug),
    () => new Browser(app.url, attackerSlug, 'mallory'),
  ];
  let connection: string;
  beforeAll(async () => {
    connection = await victim().connect();
  });

  it("reaches nothing by the id of another's connection", async () => {
    for (const [method, path] of [
      ['GET', `/${connection}`],
      ['DELETE', `/${connection}`],
      ['GET', `/authorize/calendar?integrationId=${connection}`],
      ['POST', `/authorize/calendar`],
    ] as const)
      expect(
        await attacker().call(method, path, method === 'POST' ? { integrationId: connection } : undefined),
      ).toMatchObject({ status: 404, body: { code: 'INTEGRATION_NOT_FOUND' } });
    await expect(open.as(attackerSlug, () => app.integrations.accessToken(connection))).rejects.toMatchObject(
      { code: 'INTEGRATION_NOT_FOUND' },
    );
    expect((await attacker().list()).map(({ id }) => id)).not.toContain(connection);
  });

  it('uses no cursor of another', async () => {
    const { createdAt } = (await victim().list())[0] ?? {};
    const cursor = Buffer.from(JSON.stringify([createdAt, connection])).toString('base64url');
    expect(JSON.stringify(await attacker().call('GET', `?cursor=${cursor}`))).not.toContain(connection);
  });

  it.each(['no-uuid', "' or true --", '..%2f..%2fadmin', '00000000-0000-0000-0000-000000000000', '%00'])(
    'finds nothing as %j',
    async (id) => {
      expect((await victim().call('GET', `/${id}`)).status).toBeGreaterThanOrEqual(400);
      expect((await victim().call('DELETE', `/${id}`)).status).toBeLessThan(500);
    },
  );

  it('cannot read tokens of a row that was copied from another', async () => {
    const columns =
      'provider, scope, state, expires_at, version, created_by, created_at, key_id, data_key, ciphertext';
    const [row = {}] = await open.query(
      app,
      victimSlug,
      `select ${columns} from tenant_integrations where id = $1`,
      [connection],
    );
    for (const id of [connection, randomUUID()]) {
      // The key of a row is unique in the table that tenants share.
      const copy = isolation === 'row' && id === connection ? randomUUID() : id;
      await open.query(
        app,
        attackerSlug,
        `insert into tenant_integrations (id, ${columns}) values ($1, ${Object.keys(row).map((_, n) => `$${n + 2}`)})`,
        [copy, ...Object.values(row)],
      );
      await expect(open.as(attackerSlug, () => app.integrations.accessToken(copy))).rejects.toMatchObject({
        code: 'INTEGRATION_RECONNECT',
      });
    }
  });

  it('cannot read tokens that were put into another row of its own', async () => {
    const other = await victim().connect();
    await open.query(
      app,
      victimSlug,
      `update tenant_integrations t set data_key = s.data_key, ciphertext = s.ciphertext
         from tenant_integrations s where t.id = $1 and s.id = $2`,
      [other, connection],
    );
    await expect(open.as(victimSlug, () => app.integrations.accessToken(other))).rejects.toMatchObject({
      code: 'INTEGRATION_RECONNECT',
    });
  });

  describe('by a callback', () => {
    it('uses a state once, even at the same time', async () => {
      const url = await victim().begin();
      const answers = await Promise.all(Array.from({ length: 5 }, () => victim().returned(url)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([302, 403, 403, 403, 403]);
      refused(await victim().returned(url));
    });

    it.each<[string, (url: string) => string]>([
      [
        'another tenant',
        (url) => altered(url, { state: stateOf(url).replace(/^[^.]+/, open.tenant(attackerSlug).id) }),
      ],
      [
        'another authorization',
        (url) => altered(url, { state: stateOf(url).replace(/\.[^.]+/, `.${randomUUID()}`) }),
      ],
      ['another end', (url) => altered(url, { state: stateOf(url).replace(/\.(\d+)\./, '.99999999999.') })],
      ['no signature', (url) => altered(url, { state: stateOf(url).replace(/[^.]+$/, '') })],
      ['the first half of a signature', (url) => altered(url, { state: stateOf(url).slice(0, -20) })],
      ['nothing', (url) => altered(url, { state: '' })],
      ['two states', (url) => `${url}&state=${stateOf(url)}`],
      ['capital letters', (url) => altered(url, { state: stateOf(url).toUpperCase() })],
      ['a long text', (url) => altered(url, { state: 'x'.repeat(9_000) })],
      ['another provider', (url) => url.replace('/callback/calendar', '/callback/other')],
      ['an unknown provider', (url) => url.replace('/callback/calendar', '/callback/unknown')],
      ['an inherited name', (url) => url.replace('/callback/calendar', '/callback/constructor')],
    ])('brings no state of %s', async (_, alter) => {
      const url = await victim().begin();
      refused(await victim().returned(alter(url)));
    });

    it('brings no state of another user, nor of nobody, and leaves it to its own', async () => {
      const url = await victim().begin();
      refused(await new Browser(app.url, undefined, 'mallory').go(url));
      expect(await new Browser(app.url, undefined, '').go(url)).toMatchObject({ status: 403 });
      expect(await victim().returned(url)).toMatchObject({ status: 302 });
    });

    it('brings no state to another tenant', async () => {
      const url = await victim().begin();
      refused(await new Browser(app.url, attackerSlug, 'ada').go(url));
      refused(await new Browser(app.url, attackerSlug, 'mallory').go(url));
      expect(await new Browser(app.url, victimSlug).go(url)).toMatchObject({ status: 302 });
    });

    it('brings no state of the attacker to the victim', async () => {
      const url = await attacker().begin();
      refused(await new Browser(app.url, undefined, 'ada').go(url));
      refused(await new Browser(app.url, victimSlug, 'ada').go(url));
    });

    it('brings no state that has expired', async () => {
      const url = await victim().begin();
      await open.query(
        app,
        victimSlug,
        "update tenant_authorizations set expires_at = now() - interval '1 second'",
      );
      refused(await victim().returned(url));
      const [tenantId = '', authorizationId = ''] = stateOf(url).split('.');
      const old = new States(SECRET).sign(
        'calendar',
        { tenantId, authorizationId },
        new Date(Date.now() - 1_000),
      );
      refused(await victim().returned(altered(url, { state: old })));
    });

    it('brings no state that another secret has signed, nor one that nobody has begun', async () => {
      const url = await victim().begin();
      const [tenantId = '', authorizationId = ''] = stateOf(url).split('.');
      const end = new Date(Date.now() + 60_000);
      const forged = new States('another secret').sign('calendar', { tenantId, authorizationId }, end);
      refused(await victim().returned(altered(url, { state: forged })));
      const signed = new States(SECRET).sign('calendar', { tenantId, authorizationId: randomUUID() }, end);
      refused(await victim().returned(altered(url, { state: signed })));
    });

    it('brings no code of another, whose verifier it does not have', async () => {
      const before = (await victim().list()).length;
      const redirectUri = `${app.url}/integrations/callback/calendar`;
      for (const code of [open.provider.codeOf('mallory@calendar.example', redirectUri), 'no code', '']) {
        const answer = await victim().returned(altered(await victim().begin('?returnTo=/back'), { code }));
        expect(new URL(answer.location ?? '').search).toMatch(
          /^\?integration_error=(invalid_grant|unknown|invalid_response)$/,
        );
      }
      expect(await victim().list()).toHaveLength(before);
    });

    it('brings no code of the same user from another beginning', async () => {
      const [first, second] = [await victim().begin(), await victim().begin()];
      const code = new URL(second).searchParams.get('code') ?? '';
      const answer = await victim().returned(altered(first, { code }));
      expect(new URL(answer.location ?? '').searchParams.get('integration_error')).toBe('invalid_grant');
    });

    it('brings no text of the provider into the app', async () => {
      const url = altered(await victim().begin(), { error: '<script>alert(1)</script>' });
      const { location } = await victim().returned(url);
      expect(new URL(location ?? '').searchParams.get('integration_error')).toBe('unknown');
      const denied = new URL(altered(await victim().begin(), { error: 'access_denied' }));
      denied.searchParams.delete('code');
      expect((await victim().returned(denied.href)).location).toBe(
        `${app.url}/?integration_error=access_denied`,
      );
    });
  });
});

describe('returnTo', () => {
  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    'javascript:alert(1)',
    'evil.example',
    '',
    '/a\r\nSet-Cookie: a=b',
    `/${'x'.repeat(1_001)}`,
    '/\u0000',
    '///evil.example',
  ])('is not %j', async (returnTo) => {
    const browser = new Browser(app.url, 'schema-one');
    const { status, location, body } = await browser.call(
      'GET',
      `/authorize/calendar?returnTo=${encodeURIComponent(returnTo)}`,
    );
    expect([status, location, body['code']]).toEqual([400, null, 'INTEGRATION_INVALID']);
  });

  it.each([
    '/.//evil.example',
    '/%2f/evil.example',
    '/@evil.example',
    '/a?next=//evil.example',
    '/#//evil.example',
  ])('leads to the app as %j', async (returnTo) => {
    const browser = new Browser(app.url, 'schema-one');
    const answer = await browser.returned(await browser.begin(`?returnTo=${encodeURIComponent(returnTo)}`));
    expect(new URL(answer.location ?? '').origin).toBe(app.url);
  });
});

describe('secrets', () => {
  const slug = 'schema-one';
  const browser = () => new Browser(app.url, slug);

  it.each<[string, (response: ServerResponse) => void]>([
    [
      'an error with tokens',
      (response) => json(response, 400, { error: 'at-secret', error_description: 'rt-secret' }),
    ],
    [
      'tokens of another type',
      (response) => json(response, 200, { access_token: 'at-secret', token_type: 'mac' }),
    ],
    [
      'tokens without a type',
      (response) => json(response, 200, { access_token: 'at-secret', refresh_token: 'rt-secret' }),
    ],
    [
      'a lifetime that is none',
      (response) =>
        json(response, 200, { access_token: 'at-secret', token_type: 'Bearer', expires_in: 'at-secret' }),
    ],
    [
      'no JSON',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('at-secret'),
    ],
    [
      'a page',
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<p>at-secret</p>'),
    ],
    [
      'a redirect',
      (response) => response.writeHead(307, { location: `${open.provider.url}/token?at-secret` }).end(),
    ],
  ])('are in no error that %s leads to', async (_, answer) => {
    const id = await browser().connect();
    await open.expire(app, slug, id);
    open.provider.answers.push(answer);
    const error = await open
      .as(slug, () => app.integrations.accessToken(id))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INTEGRATION_PROVIDER_FAILED' });
    const seen = inspect(error, { depth: 20 });
    expect(seen).not.toMatch(/secret|[ar]t-/);
    for (const secret of open.provider.secrets) expect(seen).not.toContain(secret);
    // It was the provider's fault, and goes on.
    expect(await open.as(slug, () => app.integrations.accessToken(id))).toMatch(/^at-/);
  });

  it('are in no answer', async () => {
    const id = await browser().connect();
    const answers = JSON.stringify([
      await browser().call('GET', ''),
      await browser().call('GET', `/${id}`),
      await browser().call('POST', '/authorize/calendar'),
      await browser().call('GET', `/authorize/calendar`),
    ]);
    for (const secret of open.provider.secrets) expect(answers).not.toContain(secret);
    expect(answers).not.toMatch(/cipher|dataKey|verifier/i);
  });
});

it('nobody who is not signed in passes', async () => {
  const nobody = new Browser(app.url, 'schema-one', '');
  for (const path of ['', `/${randomUUID()}`, '/authorize/calendar'])
    expect((await nobody.call('GET', path)).status).toBe(403);
  expect((await nobody.call('POST', '/callback/calendar', { query: 'state=x' })).status).toBe(403);
});

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
