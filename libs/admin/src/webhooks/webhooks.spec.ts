import type { Tenant } from '@rowhouse/core';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { until } from '../../../../test/support/until.js';
import { keysOf } from '../settings/settings.fixture.js';
import type { NewWebhook } from './webhook.js';
import { LOCAL, type OpenWebhooks, openWebhooks } from './webhooks.fixture.js';
import { Webhooks } from './webhooks.js';

let open: OpenWebhooks;
let acme: Tenant;

beforeEach(async () => {
  open = await openWebhooks();
  acme = await open.store.create({ slug: 'acme' });
});
afterEach(() => open.close());

const create = (more: Partial<NewWebhook> = {}) =>
  open.webhooks.create({ url: open.receiver.url, description: 'Billing', ...more });

const audited = async () =>
  (
    await open.catalog.query(
      "select action, target, tenant_id from rowhouse.audit_entries where action like 'webhook.%' order by seq",
    )
  ).rows;

const NO_ID = '00000000-0000-4000-8000-000000000000';

describe('a webhook', () => {
  it('is made, read, changed and removed, and each is audited', async () => {
    const by = { type: 'operator', id: 'ann' };
    const { secret, ...created } = await open.webhooks.create(
      { url: open.receiver.url, description: 'Billing', tenant: 'acme', events: ['tenant.created'] },
      { by },
    );
    expect(created).toMatchObject({
      tenantId: acme.id,
      url: `${open.receiver.url}/`,
      events: ['tenant.created'],
      disabledAt: null,
      previousSecretUntil: null,
      createdBy: by,
    });
    expect(await open.webhooks.find(created.id)).toEqual(created);
    expect(
      await open.webhooks.update(created.id, { description: 'CRM', events: [], enabled: false }, { by }),
    ).toMatchObject({ description: 'CRM', events: [], disabledBecause: 'operator' });
    await open.webhooks.remove(created.id, { by });
    await expect(open.webhooks.find(created.id)).rejects.toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
    const target = created.id;
    expect(await audited()).toEqual(
      ['created', 'updated', 'removed'].map((one) => ({
        action: `webhook.${one}`,
        target,
        tenant_id: acme.id,
      })),
    );
    const { rows } = await open.catalog.query(
      'select count(*)::int from rowhouse.audit_entries e where e::text like $1',
      [`%${secret.slice(10, 30)}%`],
    );
    expect(rows).toEqual([{ count: 0 }]);
  });

  it.each([
    { url: 'http://10.0.0.1/' },
    { url: 'https://user@example.com/' },
    { url: 'https://example.com/\u0000' },
    { url: `https://example.com/${'x'.repeat(2_000)}` },
    { description: '' },
    { description: 'a\u202eb' },
    { events: ['tenant.unknown'] },
    { unknown: 1 },
  ])('is not made of %j', async (wrong) => {
    await expect(create(wrong as Partial<NewWebhook>)).rejects.toMatchObject({
      code: 'WEBHOOK_INVALID',
      status: 400,
    });
    expect(await open.webhooks.list({ limit: 10 })).toEqual([]);
  });

  it('of a tenant that there is not is not made', async () => {
    await expect(create({ tenant: 'nobody' })).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    await expect(create({ tenant: NO_ID })).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('is not made, and not rotated, without keys', async () => {
    const { id } = await create();
    const { keys: _, ...without } = LOCAL;
    const webhooks = new Webhooks(open.catalog, without);
    const missing = { code: 'WEBHOOK_KEYS_MISSING' };
    await expect(webhooks.create({ url: open.receiver.url, description: 'x' })).rejects.toMatchObject(
      missing,
    );
    await expect(webhooks.rotate(id)).rejects.toMatchObject(missing);
    expect(await webhooks.list({ limit: 10 })).toHaveLength(1);
  });

  it('goes with its tenant, with what is pending, also while events are written', async () => {
    const { id } = await create({ tenant: 'acme' });
    const { id: other } = await create();
    await open.change(acme.id);
    await open.catalog.query('delete from rowhouse.tenants where id = $1', [acme.id]);
    await expect(open.webhooks.find(id)).rejects.toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
    const { rows } = await open.catalog.query('select distinct webhook_id from rowhouse.webhook_deliveries');
    expect(rows).toEqual([{ webhook_id: other }]);
  });

  it('that is removed while a tenant changes does not fail the change', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { id } = await create();
      const ends = await Promise.allSettled([
        ...Array.from({ length: 4 }, () => open.change(acme.id)),
        open.webhooks.remove(id),
        open.webhooks.update(id, { description: 'x' }).catch(() => {}),
      ]);
      expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
    }
  });

  it('can be changed while a tenant is being changed', async () => {
    const { id } = await create();
    await open.catalog.transaction(async (client) => {
      await client.query('select rowhouse.write_event($1, $2, null)', ['updated', acme.id]);
      await open.webhooks.update(id, { description: 'changed meanwhile' });
    });
    expect(await open.all(id)).toHaveLength(1);
  });

  it('is listed page by page, of all or of a tenant', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await create(n % 2 ? { tenant: 'acme' } : {})).id);
    const first = await open.webhooks.list({ limit: 3 });
    const last = first.at(-1);
    const after = last && ([last.createdAt.toISOString(), last.id] as const);
    const second = await open.webhooks.list({ limit: 3, after });
    expect([...first, ...second].map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await open.webhooks.list({ limit: 10, tenant: acme.id })).toHaveLength(2);
  });
});

describe('a secret', () => {
  it('is not in the catalog in clear text, and of no use for another webhook', async () => {
    const one = await create();
    const other = await create();
    const { rows } = await open.catalog.query('select ciphertext from rowhouse.webhook_secrets');
    for (const { ciphertext } of rows)
      for (const { secret } of [one, other])
        expect((ciphertext as Buffer).includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false);
    await open.catalog.query(
      `update rowhouse.webhook_secrets set ciphertext = (select ciphertext from rowhouse.webhook_secrets where webhook_id = $1)
        where webhook_id = $2`,
      [one.id, other.id],
    );
    await open.deliveries.test(other.id);
    open.send();
    await until(async () => (await open.all(other.id))[0]?.failure === 'secret');
    expect(open.receiver.messages).toEqual([]);
  });

  it('is rotated with an overlap, in which both sign', async () => {
    const { id, secret: old } = await create();
    const { secret, previousSecretUntil } = await open.webhooks.rotate(id);
    expect(Number(previousSecretUntil) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    open.send();
    await open.deliveries.test(id);
    await until(() => open.receiver.messages.length === 1);
    const [{ text, headers } = { text: '', headers: {} }] = open.receiver.messages;
    for (const one of [old, secret])
      expect(new StandardWebhook(one).verify(text, headers as Record<string, string>)).toMatchObject({
        type: 'webhook.test',
      });

    await open.webhooks.rotate(id, { overlapHours: 0 });
    await open.deliveries.test(id);
    await until(() => open.receiver.messages.length === 2);
    const [, last] = open.receiver.messages;
    for (const one of [old, secret])
      expect(() =>
        new StandardWebhook(one).verify(last?.text ?? '', last?.headers as Record<string, string>),
      ).toThrow();
  });

  it('has one that is current after rotations at once', async () => {
    const { id } = await create();
    await Promise.all(Array.from({ length: 5 }, () => open.webhooks.rotate(id)));
    const { rows } = await open.catalog.query(
      'select count(*)::int as all, count(*) filter (where expires_at is null)::int as current from rowhouse.webhook_secrets',
    );
    expect(rows).toEqual([{ all: 2, current: 1 }]);
  });

  it('is encrypted anew when the key changes', async () => {
    const { id } = await create();
    await open.webhooks.rotate(id);
    const rotated = new Webhooks(open.catalog, { ...LOCAL, keys: keysOf('second', 'first') });
    expect(await rotated.reencrypt()).toEqual({ current: 'second', reencrypted: 2, failed: [] });
    expect(await rotated.reencrypt()).toMatchObject({ reencrypted: 0 });
    open.send({ ...LOCAL, keys: keysOf('second') });
    await open.deliveries.test(id);
    await until(() => open.receiver.messages.length === 1);
    const third = new Webhooks(open.catalog, { ...LOCAL, keys: keysOf('third') });
    expect(await third.reencrypt()).toMatchObject({ reencrypted: 0, failed: [{ keyId: 'second' }, {}] });
  });
});

describe('deliveries', () => {
  it('are sent again, but not while they are pending, or for what is disabled', async () => {
    const { id } = await create();
    const test = await open.deliveries.test(id);
    const conflict = { code: 'WEBHOOK_CONFLICT', status: 409 };
    await expect(open.deliveries.resend(id, test.id)).rejects.toMatchObject(conflict);
    open.send();
    await until(async () => (await open.all(id))[0]?.status === 'delivered');
    const twice = await Promise.allSettled([1, 2].map(() => open.deliveries.resend(id, test.id)));
    expect(twice.map(({ status }) => status)).toContain('fulfilled');
    await until(() => open.receiver.messages.length >= 2);
    for (const wrong of [NO_ID, 'x', '\u0000'])
      await expect(open.deliveries.resend(id, wrong)).rejects.toMatchObject({
        code: 'WEBHOOK_DELIVERY_NOT_FOUND',
      });
    const other = await create();
    await expect(open.deliveries.resend(other.id, test.id)).rejects.toMatchObject({
      code: 'WEBHOOK_DELIVERY_NOT_FOUND',
    });
    await open.webhooks.update(id, { enabled: false });
    for (const send of [
      () => open.deliveries.test(id),
      () => open.deliveries.resend(id, test.id),
      () => open.deliveries.resendDead(id),
    ])
      await expect(send()).rejects.toMatchObject(conflict);
  });

  it('that are dead are sent again all at once', async () => {
    const { id } = await create();
    for (let n = 0; n < 3; n += 1) await open.change(acme.id);
    await open.catalog.query(
      "update rowhouse.webhook_deliveries set status = 'dead', next_attempt_at = null, ended_at = now()",
    );
    await open.deliveries.test(id);
    expect(await open.deliveries.list(id, { limit: 10, status: 'dead' })).toHaveLength(3);
    expect(await open.deliveries.resendDead(id)).toBe(3);
    expect(await open.deliveries.resendDead(id)).toBe(0);
    open.send();
    await until(() => open.receiver.messages.length === 4);
    expect((await audited()).map(({ action }) => action)).toEqual([
      'webhook.created',
      'webhook.tested',
      'webhook.resent',
    ]);
  });
});
