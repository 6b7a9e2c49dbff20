/** @suite postgres15 typeorm03 */
import {
  Browser,
  type IntegrationsApp,
  IntegrationsDeployment,
  ISOLATIONS,
  keysOf,
  PLATFORMS,
} from './integrations.fixture.js';

let open: IntegrationsDeployment;
beforeAll(async () => {
  open = await IntegrationsDeployment.open();
});
afterAll(() => open?.close());

const events = (token: string) =>
  fetch(`${open.provider.url}/calendar`, { headers: { authorization: `Bearer ${token}` } });

describe.each(PLATFORMS)('on %s', (platform) => {
  let app: IntegrationsApp;
  beforeAll(async () => {
    app = await open.app({ platform });
  });
  afterAll(() => open.closeApps());

  describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
    const slug = `${isolation}-one`;
    const browser = () => new Browser(app.url, slug);

    it('connects an account, reads its calendar, and ends the connection', async () => {
      const begun = await browser().begin('?returnTo=/settings%3Ftab%3Dcalendars');
      const answer = await browser().returned(begun);
      expect(answer.status).toBe(302);
      const back = new URL(answer.location ?? '');
      const id = back.searchParams.get('integration') ?? '';
      expect(`${back.origin}${back.pathname}`).toBe(`${app.url}/settings`);
      expect(back.searchParams.get('tab')).toBe('calendars');
      const listed = await browser().list();
      expect(listed.find((one) => one.id === id)).toEqual({
        id,
        provider: 'calendar',
        account: null,
        scope: 'calendar',
        state: 'connected',
        expiresAt: expect.any(String),
        createdBy: 'user:ada',
        createdAt: expect.any(String),
      });

      const token = await open.as(slug, () => app.integrations.accessToken(id));
      expect(await (await events(token)).json()).toMatchObject({ of: 'ada@calendar.example' });
      expect(await browser().call('DELETE', `/${id}`)).toMatchObject({ status: 204 });
      expect((await events(token)).status).toBe(401);
      expect(await browser().call('GET', `/${id}`)).toMatchObject({ status: 404 });
    });

    it('has tokens in its home that nobody reads there', async () => {
      const id = await browser().connect();
      const [row] = await open.query(app, slug, 'select * from tenant_integrations where id = $1', [id]);
      const text = Object.values(row ?? {}).join('\n');
      for (const secret of open.provider.secrets) expect(text).not.toContain(secret);
    });

    it('refreshes tokens once, however many ask', async () => {
      const id = await browser().connect();
      const before = await open.as(slug, () => app.integrations.accessToken(id));
      await open.expire(app, slug, id);
      const { refreshes } = open.provider;
      const tokens = await Promise.all(
        Array.from({ length: 20 }, () => open.as(slug, () => app.integrations.accessToken(id))),
      );
      expect(new Set(tokens).size).toBe(1);
      expect(tokens[0]).not.toBe(before);
      expect(open.provider.refreshes).toBe(refreshes + 1);
      expect((await events(tokens[0] as string)).status).toBe(200);
    });
  });

  it('lets a page post what the provider has answered', async () => {
    const browser = new Browser(app.url, 'schema-one');
    const { body } = await browser.call<{ url: string }>('POST', '/authorize/calendar', {
      returnTo: '/settings',
    });
    const { headers } = await fetch(body.url, { redirect: 'manual' });
    const { search } = new URL(headers.get('location') ?? '');
    expect(await browser.call('POST', '/callback/calendar', { query: search })).toMatchObject({
      status: 200,
      body: { provider: 'calendar', state: 'connected' },
    });
  });
});

describe('over instances', () => {
  const slug = 'row-one';
  let apps: IntegrationsApp[];
  const needed: string[] = [];
  beforeAll(async () => {
    const integrations = { onReconnectNeeded: ({ id }: { id: string }) => needed.push(id) };
    apps = [await open.app({ integrations }), await open.app({ integrations })];
  });
  afterAll(() => open.closeApps());
  const [first, second] = [() => apps[0] as IntegrationsApp, () => apps[1] as IntegrationsApp];
  const browser = () => new Browser(first().url, slug);

  it('tokens are refreshed once, and a refused one is replaced once', async () => {
    const id = await browser().connect();
    await open.expire(first(), slug, id);
    const { refreshes } = open.provider;
    const ask = (options = {}) =>
      Promise.all(
        [first(), second(), first(), second()].map(({ integrations }) =>
          open.as(slug, () => integrations.accessToken(id, options)),
        ),
      );
    const [token, ...others] = await ask();
    expect(new Set(others)).toEqual(new Set([token]));
    const [next] = await ask({ rejected: token });
    expect(next).not.toBe(token);
    expect(new Set(await ask({ rejected: token }))).toEqual(new Set([next]));
    expect(open.provider.refreshes).toBe(refreshes + 2);
  });

  it('a connection that the provider ends says so once, and can be connected again', async () => {
    open.provider.account = 'bob@calendar.example';
    const id = await browser().connect();
    open.provider.withdraw('bob@calendar.example');
    await open.expire(first(), slug, id);
    const asked = [first(), second()].map(({ integrations }) =>
      open.as(slug, () => integrations.accessToken(id)).catch(({ code }) => code),
    );
    expect(await Promise.all(asked)).toEqual(['INTEGRATION_RECONNECT', 'INTEGRATION_RECONNECT']);
    expect(needed).toEqual([id]);
    expect(await browser().call('GET', `/${id}`)).toMatchObject({ body: { state: 'needs_reconnect' } });
    open.provider.account = 'bob-again@calendar.example';
    expect(await browser().connect(`?integrationId=${id}`)).toBe(id);
    const token = await open.as(slug, () => second().integrations.accessToken(id));
    expect((await events(token)).status).toBe(200);
    open.provider.account = 'ada@calendar.example';
  });

  it('a provider that is down keeps no one from trying again', async () => {
    const id = await browser().connect();
    await open.expire(first(), slug, id);
    open.provider.isDown = true;
    const ask = () => open.as(slug, () => first().integrations.accessToken(id));
    await expect(ask()).rejects.toMatchObject({ code: 'INTEGRATION_PROVIDER_FAILED', status: 503 });
    expect(await browser().call('DELETE', `/${id}`)).toMatchObject({ status: 503 });
    expect(await browser().call('GET', `/${id}`)).toMatchObject({ status: 404 });
    open.provider.isDown = false;
    expect(await browser().call('DELETE', `/${id}`)).toMatchObject({ status: 204 });
    expect(await browser().call('DELETE', `/${id}`)).toMatchObject({ status: 404 });
  });

  it('keys are rotated, and those before are needed no more', async () => {
    const id = await browser().connect();
    const both = await open.app({ integrations: { keys: keysOf(2, 1) } });
    const { rotated } = await open.as(slug, () => both.integrations.rotateKeys());
    expect(rotated).toBeGreaterThan(0);
    const alone = await open.app({ integrations: { keys: keysOf(2) } });
    const token = await open.as(slug, () => alone.integrations.accessToken(id));
    expect((await events(token)).status).toBe(200);
    await expect(open.as(slug, () => first().integrations.accessToken(id))).rejects.toMatchObject({
      code: 'INTEGRATION_KEYS_FAILED',
    });
  });
});
