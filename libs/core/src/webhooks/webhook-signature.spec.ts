import { Webhook as StandardWebhook } from 'standardwebhooks';
import { makeWebhookSecret, webhookHeaders } from './webhook-signature.js';

const message = {
  id: 'c0ffee00-0000-4000-8000-000000000000',
  body: '{"type":"tenant.created","name":"Bücher"}',
};
const now = () => Math.floor(Date.now() / 1_000);

describe('a signature', () => {
  it('is what the library of the Standard Webhooks specification verifies', () => {
    const secret = makeWebhookSecret();
    const headers = webhookHeaders({ ...message, timestamp: now() }, [secret]);
    const receiver = new StandardWebhook(secret);
    expect(receiver.verify(message.body, headers)).toMatchObject({ type: 'tenant.created' });
    expect(() => receiver.verify(`${message.body} `, headers)).toThrow();
    expect(() => receiver.verify(message.body, { ...headers, 'webhook-id': 'another' })).toThrow();
    expect(() => new StandardWebhook(makeWebhookSecret()).verify(message.body, headers)).toThrow();
    const old = webhookHeaders({ ...message, timestamp: now() - 3_600 }, [secret]);
    expect(() => receiver.verify(message.body, old)).toThrow();
  });

  it('is made by each secret of a rotation', () => {
    const secrets = [makeWebhookSecret(), makeWebhookSecret()];
    const headers = webhookHeaders({ ...message, timestamp: now() }, secrets);
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
    for (const secret of secrets)
      expect(new StandardWebhook(secret).verify(message.body, headers)).toBeTruthy();
  });

  it('has secrets of 32 bytes, no two alike', () => {
    const secret = makeWebhookSecret();
    expect(secret).toMatch(/^whsec_/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    expect(makeWebhookSecret()).not.toBe(secret);
  });
});
