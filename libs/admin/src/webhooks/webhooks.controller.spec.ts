import { Webhook as StandardWebhook } from 'standardwebhooks';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS, type Platform } from '../admin-app.fixture.js';
import { LOCAL, openReceiver } from './webhooks.fixture.js';

let deployment: AdminDeployment;
let receiver: Awaited<ReturnType<typeof openReceiver>>;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
  receiver = await openReceiver();
});
afterEach(async () => {
  await deployment.close();
  await receiver.close();
});

describe.each(PLATFORMS)('the routes of webhooks on %s', (platform: Platform) => {
  it('make, read, change, rotate, test and remove a webhook', async () => {
    const { call, ended } = await deployment.start({ platform, webhooks: LOCAL });
    const created = await call('POST', 'webhooks', { body: { url: receiver.url, description: 'Billing' } });
    expect(created).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) } });
    const { secret, ...webhook } = created.body;
    const path = `webhooks/${webhook.id}`;
    const read = await call('GET', path);
    expect(read).toMatchObject({ status: 200, body: webhook });
    const etag = read.headers.get('etag') as string;
    expect(etag).toBe(created.headers.get('etag'));
    expect(await call('GET', 'webhooks')).toMatchObject({ body: { items: [webhook], next: null } });

    await ended(await call('POST', 'tenants', { body: { slug: 'acme' } }));
    await until(() => receiver.messages.length > 0);
    const [message] = receiver.messages;
    const headers = message?.headers as Record<string, string>;
    expect(new StandardWebhook(secret).verify(message?.text ?? '', headers)).toMatchObject({
      type: 'tenant.created',
    });
    await until(async () => (await call('GET', `${path}/deliveries?status=pending`)).body.items.length === 0);
    const { body: deliveries } = await call('GET', `${path}/deliveries?status=delivered&limit=1`);
    expect(deliveries.items).toMatchObject([{ webhookId: webhook.id, status: 'delivered', attempts: 1 }]);
    expect(await call('POST', `${path}/deliveries/${deliveries.items[0].id}/resend`)).toMatchObject({
      status: 200,
      body: { status: 'pending' },
    });
    expect(await call('POST', `${path}/deliveries/resend`)).toMatchObject({
      status: 200,
      body: { resent: 0 },
    });
    expect(await call('POST', `${path}/test`)).toMatchObject({ status: 201, body: { type: 'webhook.test' } });

    const ifMatch = { headers: { 'if-match': etag } };
    const changed = await call('PATCH', path, { body: { description: 'CRM' }, ...ifMatch });
    expect(changed).toMatchObject({ status: 200, body: { description: 'CRM' } });
    for (const [method, where] of [
      ['PATCH', path],
      ['DELETE', path],
      ['POST', `${path}/rotate`],
    ] as const) {
      const body = method === 'PATCH' ? { body: { enabled: false } } : {};
      expect(await call(method, where, { ...body, ...ifMatch })).toMatchObject({ status: 412 });
    }
    const rotated = await call('POST', `${path}/rotate`, { body: { overlapHours: 1 } });
    expect(rotated).toMatchObject({ status: 201, body: { previousSecretUntil: expect.any(String) } });
    expect(rotated.body.secret).not.toBe(secret);
    expect(JSON.stringify((await call('GET', 'audit')).body)).not.toContain('whsec_');
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'WEBHOOK_NOT_FOUND' } });
  });

  it('make one for the same Idempotency-Key, and say what is wrong', async () => {
    const { call } = await deployment.start({ platform });
    const body = { url: 'https://example.com/hooks', description: 'Billing' };
    const keyed = { body, headers: { 'idempotency-key': '"one"' } };
    const [first, second] = [await call('POST', 'webhooks', keyed), await call('POST', 'webhooks', keyed)];
    expect(second.body).toEqual(first.body);
    expect((await call('GET', 'webhooks')).body.items).toHaveLength(1);
    expect(await call('POST', 'webhooks', { body, role: 'viewer' })).toMatchObject({ status: 403 });
    expect(await call('POST', 'webhooks', { body: { ...body, tenant: 'nobody' } })).toMatchObject({
      status: 404,
    });
    for (const url of ['http://example.com/', 'https://127.0.0.1/', 'https://metadata@example.com/', 'x'])
      expect(await call('POST', 'webhooks', { body: { ...body, url } })).toMatchObject({
        status: 400,
        body: { code: 'WEBHOOK_INVALID', errors: [{ field: 'url' }] },
      });
  });
});

describe('webhooks', () => {
  it('are for tenants by slug or id, and go when these are purged', async () => {
    const { call, ended } = await deployment.start({ webhooks: LOCAL });
    const made = await call('POST', 'tenants', { body: { slug: 'acme' } });
    await ended(made);
    const body = { url: receiver.url, description: 'Of acme', tenant: 'acme' };
    const { body: webhook } = await call('POST', 'webhooks', { body });
    expect(webhook.tenantId).toBe(made.body.id);
    await call('POST', 'webhooks', { body: { url: `${receiver.url}/all`, description: 'Of all' } });
    expect((await call('GET', 'webhooks?tenant=acme')).body.items).toMatchObject([{ id: webhook.id }]);
    await call('DELETE', 'tenants/acme');
    await until(() => receiver.messages.length === 2);
    await ended(
      await call('POST', 'tenants/acme/purge', { body: { confirm: 'acme', beforeRetentionEnds: true } }),
    );
    expect((await call('GET', 'webhooks')).body.items).toHaveLength(1);
    await until(() => receiver.typesAt('/all').includes('tenant.purged'));
    expect(receiver.typesAt('/')).toEqual(['tenant.deleted']);
  });

  it('are sent by any instance, and by the one that is left', async () => {
    const [one, other] = await Promise.all([
      deployment.start({ webhooks: LOCAL }),
      deployment.start({ webhooks: LOCAL }),
    ]);
    const { body } = await one.call('POST', 'webhooks', { body: { url: receiver.url, description: 'x' } });
    await one.app.close();
    await other.call('POST', `webhooks/${body.id}/test`);
    await until(() => receiver.messages.length === 1);
  });

  it('need keys, at start-up', async () => {
    await expect(deployment.start({ webhooks: {} })).rejects.toThrow('keys');
    await expect(deployment.start({ webhooks: { ...LOCAL, allowedNetworks: ['all'] } })).rejects.toThrow(
      'allowedNetworks',
    );
  });
});
