import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { localKeys, WebhookDispatcher, Webhooks, type WebhooksOptions } from '@rowhouse/admin/services';
import type { Catalog } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { sentences } from './agreement.js';
import type { Lane } from './lane.js';
import type { Strikes } from './strikes.js';

/** Changes of a tenant, of which webhooks are sent meanwhile. */
export interface WebhooksAct {
  readonly do: 'send webhooks';
  readonly slug: string;
  readonly changes: number;
}

const OPTIONS: WebhooksOptions = {
  keys: localKeys([{ id: 'first', secret: Buffer.alloc(32, 1).toString('base64') }]),
  allowHttp: true,
  allowedNetworks: ['127.0.0.1'],
};

export async function changeAndSend(
  fleet: Fleet,
  catalog: Catalog,
  { slug, changes }: WebhooksAct,
): Promise<void> {
  await sending(catalog, async () => {
    for (let n = 0; n < changes; n += 1) await fleet.tenants.update(slug, { metadata: { n } });
  });
}

/** Sends what is pending, and what `work` adds to it. */
async function sending(catalog: Catalog, work: () => Promise<void> = async () => {}): Promise<void> {
  const dispatcher = new WebhookDispatcher(catalog, OPTIONS, () => {});
  dispatcher.start();
  await work();
  const pending = "select from rowhouse.webhook_deliveries where status = 'pending' limit 1";
  while ((await catalog.query(pending)).rowCount !== 0) await delay(20);
  await dispatcher.close();
}

/** Kills processes that change a tenant and send its webhooks. Another process sends what is left, as every instance does. */
export async function killWebhooks(lane: Lane, strikes: Strikes): Promise<void> {
  const slug = `${lane.slug}-hooked`;
  await lane.fleet.tenants.create({ slug });
  const receiver = await openReceiver();
  const webhooks = new Webhooks(lane.catalog, OPTIONS);
  for (const path of ['all', 'tenant'])
    await webhooks.create({
      url: `${receiver.url}/${path}`,
      description: path,
      ...(path === 'tenant' && { tenant: slug }),
    });
  try {
    while (!strikes.isOver)
      await strikes.on({
        label: 'webhooks',
        act: { do: 'send webhooks', slug, changes: 12 },
        recover: () => sendRest(lane),
        check: async () => [...(await undelivered(lane)), ...(await unheard(lane, receiver.heard))],
      });
  } finally {
    receiver.close();
  }
}

/** The leases of the dead end at once, so that nobody waits a minute for it. */
async function sendRest({ catalog, server }: Lane): Promise<void> {
  await server.query(
    "update rowhouse.webhook_deliveries set next_attempt_at = now() where status = 'pending'",
  );
  await sending(catalog);
}

/** Events without a delivery for each webhook, and deliveries that did not end well. */
function undelivered({ server }: Lane): Promise<readonly string[]> {
  return sentences(
    server,
    `select format('The event %s has no delivery for %s.', e.id, w.description)
       from rowhouse.tenant_events e cross join rowhouse.webhooks w
      where e.type = 'updated' and not exists (
        select from rowhouse.webhook_deliveries d where d.event_id = e.id and d.webhook_id = w.id)
     union all select format('The delivery %s is %s: %s.', id, status, failure)
       from rowhouse.webhook_deliveries where status <> 'delivered'`,
  );
}

/** Messages that the receiver has not had. */
async function unheard({ server }: Lane, heard: ReadonlySet<string>): Promise<readonly string[]> {
  const { rows } = await server.query<{ id: string }>('select id from rowhouse.webhook_deliveries');
  return rows.filter(({ id }) => !heard.has(id)).map(({ id }) => `The receiver never had the message ${id}.`);
}

async function openReceiver() {
  const heard = new Set<string>();
  const server = createServer((request, response) => {
    // What breaks off before its end was not received.
    request.resume().on('end', () => {
      heard.add(String(request.headers['webhook-id']));
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
