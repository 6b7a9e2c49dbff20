import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { until } from '../../../../test/support/until.js';
import { keysOf } from '../settings/settings.fixture.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import { LOCAL, type OpenWebhooks, openWebhooks } from './webhooks.fixture.js';

let open: OpenWebhooks;
let acme: Tenant;

beforeEach(async () => {
  open = await openWebhooks();
  acme = await open.store.create({ slug: 'acme', metadata: { internal: 'note' } });
});
afterEach(() => open.close());

const create = (path = '/', more: { tenant?: string; events?: 'tenant.updated'[] } = {}) =>
  open.webhooks.create({ url: `${open.receiver.url}${path}`, description: 'Billing', ...more });

const statuses = async (id: string) => (await open.all(id)).map(({ status }) => status);

describe('an event', () => {
  it('is sent with signatures that the library of the specification verifies', async () => {
    const { id, secret } = await create('/hooks');
    open.send();
    await open.store.update(acme.id, { plan: 'pro' });
    await open.change(acme.id);
    await until(() => open.receiver.messages.length === 1);
    const [message] = open.receiver.messages;
    const headers = message?.headers as Record<string, string>;
    expect(new StandardWebhook(secret).verify(message?.text ?? '', headers)).toEqual({
      type: 'tenant.updated',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        eventId: expect.any(String),
        tenant: { id: acme.id, slug: 'acme', name: 'acme', status: 'active', plan: 'pro' },
      },
    });
    expect(message?.headers).toMatchObject({ 'content-type': 'application/json' });
    await until(async () => (await statuses(id))[0] === 'delivered');
    expect(await open.all(id)).toMatchObject([
      { id: headers['webhook-id'], tenantId: acme.id, attempts: 1, responseStatus: 204, failure: null },
    ]);
  });

  it('is sent to those that want to hear of it, of its tenant or of its type', async () => {
    const globex = await open.store.create({ slug: 'globex' });
    await create('/all');
    await create('/acme', { tenant: 'acme' });
    await create('/updated', { events: ['tenant.updated'] });
    const off = await create('/off');
    await open.webhooks.update(off.id, { enabled: false });
    open.send();
    await open.change(acme.id);
    await open.change(globex.id);
    await open.change(globex.id, 'suspended');
    await until(() => open.receiver.messages.length === 6);
    await open.change(acme.id);
    await until(() => open.receiver.messages.length === 9);
    expect(open.receiver.typesAt('/all').sort()).toEqual([
      'tenant.suspended',
      'tenant.updated',
      'tenant.updated',
      'tenant.updated',
    ]);
    expect(open.receiver.typesAt('/acme')).toEqual(['tenant.updated', 'tenant.updated']);
    expect(open.receiver.typesAt('/updated')).toHaveLength(3);
    expect(open.receiver.typesAt('/off')).toEqual([]);
  });

  it('may be written by another login, which cannot read webhooks', async () => {
    const { id } = await create();
    const user = new URL(open.loginUrl).username;
    const login = new pg.Client({ connectionString: open.loginUrl });
    await login.connect();
    try {
      await open.catalog.query(
        `grant usage on schema rowhouse to ${user}; grant insert on rowhouse.tenant_events to ${user}`,
      );
      await login.query(
        "insert into rowhouse.tenant_events (tenant_id, type, tenant) values ($1, 'updated', '{}')",
        [acme.id],
      );
      for (const table of ['webhooks', 'webhook_secrets', 'webhook_deliveries'])
        await expect(login.query(`select from rowhouse.${table}`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await login.end();
      await open.catalog.query(`drop owned by ${user}`);
    }
    expect(await open.all(id)).toHaveLength(1);
  });

  it('of a change that is not committed is not sent', async () => {
    const { id } = await create();
    await expect(
      open.catalog.transaction(async (client) => {
        await client.query('select rowhouse.write_event($1, $2, null)', ['updated', acme.id]);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await open.all(id)).toEqual([]);
  });

  it('is sent by one of several instances, once', async () => {
    const { id } = await create();
    for (let n = 0; n < 3; n += 1) open.send();
    await Promise.all(Array.from({ length: 40 }, () => open.change(acme.id)));
    await until(async () => (await statuses(id)).every((status) => status === 'delivered'));
    const ids = open.receiver.messages.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(40);
    expect(new Set(ids).size).toBe(40);
  });

  it('whose process died is sent by another, when the lease ends', async () => {
    const { id } = await create();
    await open.change(acme.id);
    await open.catalog.query(
      `update rowhouse.webhook_deliveries set attempts = 1, lease = gen_random_uuid(), next_attempt_at = now() + interval '1 minute'`,
    );
    open.send();
    await open.change(acme.id);
    await until(() => open.receiver.messages.length === 1);
    await until(async () => (await statuses(id)).includes('delivered'));
    expect(await statuses(id)).toContain('pending');
    await open.passTime();
    await until(() => open.receiver.messages.length === 2);
  });

  it('that another process has taken since is not written to by the first', async () => {
    const { id } = await create();
    let release = () => {};
    open.receiver.answer = (response) => {
      release = () => response.writeHead(500).end();
    };
    const slow = open.send();
    await open.change(acme.id);
    await until(() => open.receiver.messages.length === 1);
    await open.catalog.query(
      "update rowhouse.webhook_deliveries set lease = gen_random_uuid(), failure = 'other'",
    );
    release();
    await slow.close();
    expect(await open.all(id)).toMatchObject([{ status: 'pending', failure: 'other' }]);
  });
});

describe('an attempt that fails', () => {
  it('is made again under the same id, and after the last one the message is dead', async () => {
    const { id, secret } = await create();
    open.receiver.answer = (response) => response.writeHead(500).end();
    open.send();
    await open.change(acme.id);
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      await until(async () => (await open.attemptsEnded()) >= attempt);
      if (attempt < 11) await open.passTime();
    }
    const [dead] = await open.all(id);
    expect(dead).toMatchObject({
      status: 'dead',
      attempts: 11,
      responseStatus: 500,
      failure: 'status',
      nextAttemptAt: null,
    });
    expect(new Set(open.receiver.messages.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([dead?.id]),
    );
    expect(new Set(open.receiver.messages.map(({ text }) => text)).size).toBe(1);

    open.receiver.answer = (response) => response.writeHead(200).end();
    expect(await open.deliveries.resend(id, dead?.id ?? '')).toMatchObject({
      status: 'pending',
      attempts: 0,
    });
    await until(async () => (await statuses(id))[0] === 'delivered');
    const last = open.receiver.messages.at(-1);
    expect(last?.headers['webhook-id']).toBe(dead?.id);
    new StandardWebhook(secret).verify(last?.text ?? '', last?.headers as Record<string, string>);
  });

  it('waits as long as the receiver asks for', async () => {
    const { id } = await create();
    open.receiver.answer = (response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    open.send();
    await open.change(acme.id);
    await until(async () => (await open.all(id))[0]?.responseStatus === 429);
    const [delivery] = await open.all(id);
    expect(Number(delivery?.nextAttemptAt) - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('does not hold up other webhooks', async () => {
    await create('/slow');
    await create('/quick');
    let end = () => {};
    open.receiver.answer = (response, { path }) => {
      if (path === '/quick') response.writeHead(204).end();
      else end = () => response.writeHead(204).end();
    };
    open.send();
    for (let n = 0; n < 20; n += 1) await open.change(acme.id);
    await until(() => open.receiver.typesAt('/quick').length === 20);
    expect(open.receiver.typesAt('/slow')).toHaveLength(1);
    open.receiver.answer = (response) => response.writeHead(204).end();
    end();
  });

  it('by 410 disables the webhook, and says so in the audit trail', async () => {
    const { id } = await create();
    open.receiver.answer = (response) => response.writeHead(410).end();
    await open.change(acme.id);
    await open.change(acme.id);
    open.send();
    await until(async () => (await open.webhooks.find(id)).disabledBecause === 'gone');
    expect((await statuses(id)).sort()).toEqual(['dead', 'pending']);
    await open.change(acme.id);
    expect(await open.all(id)).toHaveLength(2);
    const { rows } = await open.catalog.query(
      "select target, actor from rowhouse.audit_entries where action = 'webhook.disabled'",
    );
    expect(rows).toEqual([{ target: id, actor: null }]);

    open.receiver.answer = (response) => response.writeHead(204).end();
    expect(await open.webhooks.update(id, { enabled: true })).toMatchObject({ disabledAt: null });
    await until(async () => (await statuses(id)).includes('delivered'));
  });

  it('is one where the address is not allowed, and nothing is sent', async () => {
    const { id } = await create();
    open.send({ keys: LOCAL.keys, allowHttp: true });
    await open.change(acme.id);
    await until(async () => (await open.all(id))[0]?.failure === 'url');
    expect(open.receiver.messages).toEqual([]);
  });

  it('is one where the secret cannot be read, and nothing is sent', async () => {
    const { id } = await create();
    open.send({ ...LOCAL, keys: keysOf('other') });
    await open.change(acme.id);
    await until(async () => (await open.all(id))[0]?.failure === 'secret');
    expect(open.receiver.messages).toEqual([]);
    expect(open.problems).toMatchObject([{ code: 'WEBHOOK_SECRET_UNREADABLE' }]);
  });
});

describe('a message', () => {
  it('that is too large is dead at once', async () => {
    const { id } = await create();
    open.send();
    await open.catalog.query(
      `insert into rowhouse.tenant_events (tenant_id, type, tenant, detail)
         values ($1, 'updated', '{}', jsonb_build_object('text', repeat('x', 65536)))`,
      [acme.id],
    );
    await until(async () => (await statuses(id))[0] === 'dead');
    expect(await open.all(id)).toMatchObject([{ attempts: 1, failure: 'size' }]);
    expect(open.receiver.messages).toEqual([]);
  });
});

describe('a dispatcher', () => {
  it('removes what ended 30 days ago', async () => {
    const { id } = await create();
    for (let n = 0; n < 3; n += 1) await open.change(acme.id);
    await open.catalog.query(
      `with numbered as (select id, row_number() over (order by id) as n from rowhouse.webhook_deliveries)
       update rowhouse.webhook_deliveries d set status = 'dead', next_attempt_at = null,
           ended_at = now() - case when numbered.n = 1 then interval '31 days' else interval '29 days' end
         from numbered where numbered.id = d.id and numbered.n < 3`,
    );
    open.send();
    await until(async () => (await statuses(id)).includes('delivered'));
    expect((await statuses(id)).sort()).toEqual(['dead', 'delivered']);
  });

  it('is none without keys', () => {
    expect(() => new WebhookDispatcher(open.catalog, { allowHttp: true }, () => {})).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
  });

  it('waits at its end for what is under way', async () => {
    const { id } = await create();
    open.receiver.answer = (response) => setTimeout(() => response.writeHead(204).end(), 100);
    const dispatcher = open.send();
    await open.change(acme.id);
    await until(() => open.receiver.messages.length === 1);
    await dispatcher.close();
    expect(await statuses(id)).toEqual(['delivered']);
    await open.change(acme.id);
    expect(open.receiver.messages).toHaveLength(1);
  });
});
