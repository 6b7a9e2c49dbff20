/** @suite mail */
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { type Dovecot, startDovecot } from '../../../test/support/dovecot.js';
import { Browser, type IntegrationsApp, IntegrationsDeployment, ISOLATIONS } from './integrations.fixture.js';
import { publicAddressOf } from './public-address.js';
import { CLIENT } from './stand-ins/calendar-provider.fixture.js';
import { SmtpStandIn } from './stand-ins/smtp-server.fixture.js';

const PASSWORD = 'a-password-of-a-mailbox';
const [ADA, BOB] = ['ada@mail.example', 'bob@mail.example'];

let open: IntegrationsDeployment;
let imap: Dovecot;
let smtp: SmtpStandIn;
let app: IntegrationsApp;
beforeAll(async () => {
  open = await IntegrationsDeployment.open();
  const { provider } = open;
  imap = await startDovecot({ tokenInfoUrl: `${provider.url}/tokeninfo?access_token=`, password: PASSWORD });
  const mail = { ...CLIENT, issuer: provider.url, scopes: ['openid', 'email', 'mail'] };
  app = await open.app({ integrations: { providers: { mail } } });
  smtp = await SmtpStandIn.open({ accountOf: (token) => provider.accountOf(token), deliver: imap.deliver });
});
afterAll(async () => {
  await smtp?.close();
  await imap?.stop();
  await open?.close();
});

/** The subjects of a mailbox, as its owner reads them. */
async function subjectsOf(auth: { user: string; accessToken?: string; pass?: string }): Promise<string[]> {
  const client = new ImapFlow({ host: imap.host, port: imap.port, secure: false, auth, logger: false });
  await client.connect();
  try {
    await client.mailboxOpen('INBOX');
    return (await client.fetchAll('1:*', { envelope: true })).map(({ envelope }) => envelope?.subject ?? '');
  } finally {
    await client.logout();
  }
}

function send(user: string, accessToken: string, to: string, subject: string): Promise<unknown> {
  const auth = { type: 'OAuth2', user, accessToken } as const;
  const transport = createTransport({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true, auth });
  return transport.sendMail({ from: user, to, subject, text: 'Hello.' });
}

/** Connects a mailbox. @returns its id, and the address that the provider names. */
async function connect(slug: string, account: string): Promise<[id: string, address: string]> {
  open.provider.account = account;
  const browser = new Browser(app.url, slug);
  const id = await browser.connect('', 'mail');
  const { body } = await browser.call<{ account: string }>('GET', `/${id}`);
  return [id, body.account];
}

describe.each(ISOLATIONS)('two tenants with isolation %s', (isolation) => {
  const [one, two] = [`${isolation}-one`, `${isolation}-two`];
  const token = (slug: string, id: string, options = {}) =>
    open.as(slug, () => app.integrations.accessToken(id, options));

  it('write to each other, with tokens that are refreshed, and read no mailbox but their own', async () => {
    const [[ada, adasAddress], [bob, bobsAddress]] = [await connect(one, ADA), await connect(two, BOB)];
    expect([adasAddress, bobsAddress]).toEqual([ADA, BOB]);
    const subject = `Of ${one}`;
    await send(ADA, await token(one, ada), BOB, subject);
    expect(await subjectsOf({ user: BOB, accessToken: await token(two, bob) })).toContain(subject);

    const first = await token(two, bob);
    await open.expire(app, two, bob);
    const second = await token(two, bob);
    expect(second).not.toBe(first);
    await send(BOB, second, ADA, `Re: ${subject}`);
    expect(await subjectsOf({ user: ADA, accessToken: await token(one, ada) })).toContain(`Re: ${subject}`);

    for (const slug of [one, two]) {
      const [others, own] = slug === one ? [BOB, await token(one, ada)] : [ADA, await token(two, bob)];
      await expect(subjectsOf({ user: others, accessToken: own })).rejects.toMatchObject({
        authenticationFailed: true,
      });
      await expect(send(others, own, ADA, 'Forged')).rejects.toMatchObject({ code: 'EAUTH' });
    }
    await expect(token(one, bob)).rejects.toMatchObject({ code: 'INTEGRATION_NOT_FOUND' });
    await expect(token(two, ada)).rejects.toMatchObject({ code: 'INTEGRATION_NOT_FOUND' });
  });

  it('get another token where the mail server takes one no more, and none once the connection is removed', async () => {
    const [id] = await connect(one, ADA);
    const refused = await token(one, id);
    open.provider.expire(refused);
    await expect(subjectsOf({ user: ADA, accessToken: refused })).rejects.toMatchObject({
      authenticationFailed: true,
    });
    const next = await token(one, id, { rejected: refused });
    expect(await subjectsOf({ user: ADA, accessToken: next })).toEqual(expect.any(Array));
    expect(await new Browser(app.url, one).call('DELETE', `/${id}`)).toMatchObject({ status: 204 });
    await expect(subjectsOf({ user: ADA, accessToken: next })).rejects.toMatchObject({
      authenticationFailed: true,
    });
  });
});

it('a mailbox that is opened by a password is reached where its host leads to public addresses alone', async () => {
  imap.deliver(ADA, 'Subject: By password\r\n\r\nHello.\r\n');
  expect(await subjectsOf({ user: ADA, pass: PASSWORD })).toContain('By password');
  await expect(publicAddressOf(imap.host)).rejects.toMatchObject({ code: 'INTEGRATION_INVALID' });
  const host = await publicAddressOf(imap.host, { allowedNetworks: ['127.0.0.1'] });
  expect(host).toBe(imap.host);
});
