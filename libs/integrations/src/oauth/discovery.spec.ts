import { Browser, type IntegrationsApp, IntegrationsDeployment } from '../integrations.fixture.js';
import { CalendarProvider, CLIENT } from '../stand-ins/calendar-provider.fixture.js';

let open: IntegrationsDeployment;
let elsewhere: CalendarProvider;
beforeAll(async () => {
  [open, elsewhere] = [await IntegrationsDeployment.open(), await CalendarProvider.open()];
});
afterAll(async () => {
  await open?.close();
  await elsewhere?.close();
});
afterEach(async () => {
  open.provider.metadata = {};
  open.provider.claims = {};
  await open.closeApps();
});

/** An app that has discovered nothing yet. */
async function start(): Promise<[IntegrationsApp, Browser]> {
  const found = { ...CLIENT, issuer: open.provider.url, scopes: ['openid', 'email', 'calendar'] };
  const app = await open.app({ integrations: { providers: { found } } });
  return [app, new Browser(app.url, 'schema-one')];
}

it('a provider that is discovered names the account, in the ID token', async () => {
  const [, browser] = await start();
  const id = await browser.connect('', 'found');
  expect(await browser.call('GET', `/${id}`)).toMatchObject({ body: { account: open.provider.account } });
});

describe('a discovery document', () => {
  it.each<[string, () => Record<string, unknown>]>([
    ['another issuer', () => ({ issuer: 'https://accounts.example.com' })],
    ['another port as the issuer', () => ({ issuer: elsewhere.url })],
    ['no issuer', () => ({ issuer: undefined })],
    ['a page of a script', () => ({ authorization_endpoint: 'javascript:alert(1)' })],
    ['a page of the network', () => ({ authorization_endpoint: 'https://10.0.0.1/authorize' })],
    ['a page without TLS', () => ({ authorization_endpoint: 'http://accounts.example.com/authorize' })],
    [
      'a page of another service of this host',
      () => ({ authorization_endpoint: `${elsewhere.url}/authorize` }),
    ],
    ['no page', () => ({ authorization_endpoint: undefined })],
  ])('with %s sends nobody anywhere', async (_, metadata) => {
    open.provider.metadata = metadata();
    const [, browser] = await start();
    expect(await browser.call('GET', '/authorize/found')).toMatchObject({
      status: 503,
      location: null,
      body: { code: 'INTEGRATION_PROVIDER_FAILED' },
    });
  });

  it.each<[string, () => string]>([
    ['this host', () => `${elsewhere.url}/token`],
    ['this host by a name', () => 'https://localhost:1/token'],
    ['the network', () => 'https://10.0.0.1/token'],
    ['the metadata of a cloud', () => 'http://169.254.169.254/token'],
    ['the public without TLS', () => 'http://accounts.example.com/token'],
    ['a file', () => 'file:///etc/passwd'],
  ])('that has tokens at %s gets neither code nor secret there', async (_, endpoint) => {
    open.provider.metadata = { token_endpoint: endpoint() };
    const [, browser] = await start();
    const answer = await browser.returned(await browser.begin('', 'found'));
    expect(answer).toMatchObject({ status: 503, body: { code: 'INTEGRATION_PROVIDER_FAILED' } });
    expect(elsewhere.resources).toEqual([]);
  });
});

describe('an ID token', () => {
  it.each<[string, object]>([
    ['another issuer', { iss: 'https://accounts.example.com' }],
    ['another client', { aud: 'another' }],
    ['another sign-in', { nonce: 'another' }],
    ['no sign-in', { nonce: undefined }],
    ['the past', { exp: 1_000_000 }],
  ])('of %s connects nothing', async (_, claims) => {
    open.provider.claims = { ...claims };
    const [, browser] = await start();
    const before = (await browser.list()).length;
    const { location } = await browser.returned(await browser.begin('', 'found'));
    expect(new URL(location ?? '').searchParams.get('integration_error')).toBe('invalid_response');
    expect(await browser.list()).toHaveLength(before);
  });
});

it.each([['https://accounts.example.com'], [undefined]])(
  'an answer in the name of %s, from a provider that names itself, is refused',
  async (iss) => {
    const [, browser] = await start();
    const url = new URL(await browser.begin('', 'found'));
    if (iss === undefined) url.searchParams.delete('iss');
    else url.searchParams.set('iss', iss);
    const { location } = await browser.returned(url.href);
    expect(new URL(location ?? '').searchParams.get('integration_error')).toBe('invalid_response');
  },
);
