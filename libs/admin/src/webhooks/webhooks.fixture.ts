import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Catalog, PostgresTenantStore } from '@rowhouse/core';
import { writeEvent } from '@rowhouse/core/internal';
import { createCatalogDatabase } from '../../../../test/support/catalog-database.js';
import { keysOf } from '../settings/settings.fixture.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import type { WebhookDelivery } from './webhook-delivery.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';
import type { WebhooksOptions } from './webhook-options.js';
import { Webhooks } from './webhooks.js';

/** A message that a receiver got. */
export interface Message {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
  readonly body: any;
}

type Answer = (response: ServerResponse, message: Message) => void;

/** A receiver of messages on this host. It answers 204, until a test says otherwise. */
export async function openReceiver() {
  const messages: Message[] = [];
  const receiver = {
    url: '',
    messages,
    answer: ((response) => response.writeHead(204).end()) as Answer,
    /** The types that came to a path, in their order. */
    typesAt: (path: string) => messages.filter((one) => one.path === path).map(({ body }) => body.type),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const message = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text) };
    messages.push(message);
    receiver.answer(response, message);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

export const LOCAL: WebhooksOptions = {
  keys: keysOf('first'),
  allowHttp: true,
  allowedNetworks: ['127.0.0.1'],
};

/** A catalog with webhooks, a receiver, and any number of instances that send. */
export async function openWebhooks() {
  const database = await createCatalogDatabase();
  const receiver = await openReceiver();
  const catalogs: Catalog[] = [];
  const dispatchers: WebhookDispatcher[] = [];
  const connect = () => {
    const catalog = new Catalog({ url: database.url });
    catalogs.push(catalog);
    return catalog;
  };
  const catalog = connect();
  await catalog.migrate();
  const store = new PostgresTenantStore({ pool: catalog });
  const deliveries = new WebhookDeliveries(catalog);
  const problems: unknown[] = [];
  return {
    catalog,
    loginUrl: database.loginUrl,
    receiver,
    store,
    problems,
    webhooks: new Webhooks(catalog, LOCAL),
    deliveries,
    /** An instance that sends, with its own connections. */
    send(options = LOCAL): WebhookDispatcher {
      const dispatcher = new WebhookDispatcher(connect(), options, (error) => problems.push(error));
      dispatchers.push(dispatcher);
      dispatcher.start();
      return dispatcher;
    },
    change: (tenantId: string, event: 'updated' | 'suspended' = 'updated') =>
      catalog.run([writeEvent(event, { id: tenantId }, undefined)]),
    all: (webhookId: string): Promise<readonly WebhookDelivery[]> =>
      deliveries.list(webhookId, { limit: 500 }),
    /** How many attempts have ended, of deliveries that nobody sends now. */
    async attemptsEnded(): Promise<number> {
      const { rows } = await catalog.query(
        'select coalesce(sum(attempts), 0)::int as count from rowhouse.webhook_deliveries where lease is null',
      );
      return rows[0].count;
    },
    /** Ends every pause and every lease. */
    async passTime() {
      await catalog.query(
        "update rowhouse.webhook_deliveries set next_attempt_at = now() where status = 'pending'",
      );
      await catalog.query("select pg_notify('rowhouse_webhooks', '')");
    },
    async close() {
      await Promise.all(dispatchers.map((one) => one.close()));
      await receiver.close();
      await Promise.all(catalogs.map((one) => one.close()));
      await database.drop();
    },
  };
}

export type OpenWebhooks = Awaited<ReturnType<typeof openWebhooks>>;
