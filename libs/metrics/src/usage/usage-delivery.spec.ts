import { createHmac, randomUUID } from 'node:crypto';
import { Catalog } from '@rowhouse/core';
import { until } from '../../../../test/support/until.js';
import { MetricsDeployment } from '../metrics.fixture.js';
import { UsageDelivery } from './delivery/usage-delivery.js';
import { UsageSinks } from './delivery/usage-sinks.js';
import { openMeterSink } from './sinks/open-meter-sink.js';
import { stripeSink } from './sinks/stripe-sink.js';
import type { UsageSink } from './sinks/usage-sink.js';
import { webhookSink } from './sinks/webhook-sink.js';
import { Clock, openReceiver, openUsage, type Received, STATEMENT } from './usage.fixture.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const HOUR_MS = 3_600_000;

let open: MetricsDeployment;
let usage: ReturnType<typeof openUsage>;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let answer: (received: Received) => readonly [number, string?] | undefined;
const closing: Array<() => Promise<void>> = [];
const clock = new Clock(0);
const tenant = randomUUID();

beforeEach(async () => {
  open = await MetricsDeployment.open();
  clock.now = Date.now() - 10 * HOUR_MS;
  usage = openUsage(open.catalog, clock);
  await usage.recorder.begin();
  answer = () => [204];
  receiver = await openReceiver((received) => answer(received));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await receiver.close();
  await open.close();
});

/** An instance that sends. */
async function send(...sinks: UsageSink[]) {
  const catalog = new Catalog({ url: open.ownerUrl });
  const problems: unknown[] = [];
  const delivery = new UsageDelivery(catalog, sinks, (error) => problems.push(error));
  delivery.start();
  closing.push(async () => {
    await delivery.close();
    await catalog.close();
  });
  await until(async () => (await new UsageSinks(open.catalog).list()).length >= sinks.length);
  return { delivery, problems };
}

/** Emails of the next hour, recorded. */
async function record(emails: number): Promise<void> {
  usage.collector.used(tenant, 'emails', emails);
  usage.collector.statement(tenant, { ...STATEMENT, durationMs: 1.6 });
  await usage.flusher.flush();
  clock.now += HOUR_MS;
  const { now } = clock;
  clock.now += HOUR_MS;
  await usage.recorder.run();
  clock.now = now;
}

const pending = async () => (await new UsageSinks(open.catalog).list()).map((sink) => sink.pending);
const allSent = () => until(async () => (await pending()).every((count) => count === 0));
/** Makes all due, and announces it. @param change - SQL: what else is changed, at the same moment: later, somebody could have begun. */
const passTime = (change = '') =>
  open.catalog.query(
    `with due as (update rowhouse.usage_sinks set next_attempt_at = now()${change} returning name) select pg_notify('rowhouse_usage', '') from due`,
  );

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
const eventsOf = (received: readonly Received[]): any[] => received.flatMap(({ text }) => JSON.parse(text));

describe('a webhook', () => {
  it('gets records as CloudEvents, signed, in their order', async () => {
    await record(1);
    await send(webhookSink({ url: `${receiver.url}/usage`, secret: () => SECRET }));
    await record(3);
    await record(4);
    await allSent();
    const emails = eventsOf(receiver.received).filter(({ data }) => data.meter === 'emails');
    // It begins with what is recorded from then on.
    expect(emails.map(({ data }) => data.quantity)).toEqual(['3', '4']);
    expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(['/usage']));
    for (const { headers, text } of receiver.received) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
      const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
      expect(headers['content-type']).toBe('application/cloudevents-batch+json');
    }
  });

  it('that fails gets the same message again, and none after it before', async () => {
    answer = () => [500];
    await send(webhookSink({ url: receiver.url, secret: SECRET }));
    const failure = async () => (await new UsageSinks(open.catalog).list())[0]?.failure ?? '';
    await record(3);
    await until(failure);
    await record(4);
    answer = () => undefined;
    await passTime();
    await until(async () => (await failure()).includes('cannot be reached'));
    const [{ failedAttempts } = { failedAttempts: 0 }] = await new UsageSinks(open.catalog).list();
    expect(failedAttempts).toBeGreaterThanOrEqual(2);
    answer = () => [204];
    expect(await new UsageSinks(open.catalog).retry()).toBe(1);
    await allSent();
    const sent = receiver.received.map(({ headers, text }) => `${headers['webhook-id']} ${text}`);
    const [first, second] = new Set(sent);
    expect(sent.filter((one) => one === first).length).toBeGreaterThanOrEqual(3);
    expect(sent.filter((one) => one !== first)).toEqual([second]);
    expect(sent.at(-1)).toBe(second);
  });

  it('gets each record once from several instances, and again from another when one dies with it', async () => {
    const sink = () => webhookSink({ url: receiver.url, secret: SECRET });
    await Promise.all([send(sink()), send(sink()), send(sink())]);
    for (let n = 0; n < 4; n += 1) await record(1);
    await allSent();
    const ids = eventsOf(receiver.received).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const before = receiver.received.length;
    // A process took the batch, sent it, and died.
    await passTime(', seq = seq - 4, attempts = 1');
    await allSent();
    expect(eventsOf(receiver.received.slice(before)).map(({ id }) => id)).toEqual(ids.slice(-4));
  });

  it('without a secret gets nothing', async () => {
    const { problems } = await send(webhookSink({ url: receiver.url, secret: () => undefined }));
    await record(1);
    await until(() => problems.length > 0);
    expect(receiver.received).toEqual([]);
  });
});

it('OpenMeter gets events whose type names the meter, and drops those that it knows', async () => {
  const known = new Map<string, { subject: string; type: string; change: number }>();
  let isFirst = true;
  answer = ({ path, headers, text }) => {
    if (path !== '/api/v1/events' || headers.authorization !== 'Bearer om_key') return [401];
    if (headers['content-type'] !== 'application/cloudevents-batch+json') return [415];
    for (const { id, source, specversion, type, subject, time, data } of JSON.parse(text)) {
      if (specversion !== '1.0' || Number.isNaN(Date.parse(time))) return [400];
      known.set(`${id} ${source}`, { subject, type, change: Number(data.change) });
    }
    // It has taken the events, and its answer is lost.
    const status = isFirst ? 503 : 204;
    isFirst = false;
    return [status];
  };
  const { problems } = await send(openMeterSink({ url: receiver.url, token: 'om_key' }));
  await record(3);
  await until(() => problems.length > 0);
  await record(4);
  await passTime();
  await allSent();
  const emails = [...known.values()].filter(({ type }) => type === 'rowhouse.usage.emails');
  expect(emails.map(({ subject }) => subject)).toEqual([tenant, tenant]);
  expect(emails.reduce((sum, { change }) => sum + change, 0)).toBe(7);
});

it('Stripe gets whole numbers of customers, and refuses those that it knows', async () => {
  const known = new Map<string, URLSearchParams>();
  let isFirst = true;
  answer = ({ path, headers, text }) => {
    if (path !== '/v1/billing/meter_events' || headers.authorization !== 'Bearer sk_test') return [401];
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return [400];
    const form = new URLSearchParams(text);
    const identifier = form.get('identifier') ?? '';
    const age = Date.now() / 1_000 - Number(form.get('timestamp'));
    if (!/^\d+$/.test(form.get('payload[value]') ?? '') || identifier.length > 100 || age > 35 * 86_400)
      return [400];
    if (known.has(identifier))
      return [
        400,
        JSON.stringify({ error: { message: `An event already exists with identifier ${identifier}.` } }),
      ];
    known.set(identifier, form);
    if (!isFirst) return [200, '{}'];
    isFirst = false;
    return undefined;
  };
  const { problems } = await send(
    stripeSink({
      url: receiver.url,
      secretKey: () => 'sk_test',
      customerOf: ({ id }) => (id === tenant ? 'cus_1' : undefined),
      events: { emails: 'emails', databaseMs: 'db_ms' },
    }),
  );
  const stranger = randomUUID();
  usage.collector.used(stranger, 'emails', 9);
  await record(3);
  await until(() => problems.length > 0);
  await passTime();
  await allSent();
  // What comes later for the same hour: 1.6 ms and 1.6 ms are 3 ms together.
  clock.now -= HOUR_MS;
  await record(4);
  await allSent();
  const sumOf = (event: string) =>
    [...known.values()]
      .filter((form) => form.get('event_name') === event)
      .reduce((sum, form) => sum + Number(form.get('payload[value]')), 0);
  expect([sumOf('emails'), sumOf('db_ms')]).toEqual([7, 3]);
  expect(new Set([...known.values()].map((form) => form.get('payload[stripe_customer_id]')))).toEqual(
    new Set(['cus_1']),
  );
});

it('two sinks do not wait for each other', async () => {
  answer = ({ path }) => [path === '/down' ? 500 : 204];
  await send(
    webhookSink({ url: `${receiver.url}/down`, secret: SECRET, name: 'down' }),
    webhookSink({ url: `${receiver.url}/up`, secret: SECRET, name: 'up' }),
  );
  await record(3);
  await until(async () => (await pending())[1] === 0);
  expect((await pending())[0]).toBeGreaterThan(0);
});

it.each([
  () => webhookSink({ url: 'ftp://example.com', secret: SECRET }),
  () => webhookSink({ url: 'https://example.com', secret: '' }),
  () => webhookSink({ url: 'https://example.com', secret: SECRET, name: 'Not A Name' }),
  () => openMeterSink({ url: 'openmeter' }),
  () => stripeSink({ secretKey: 'sk', customerOf: 'cus_1' as never, events: {} }),
])('a sink with wrong options is refused', (sink) => {
  expect(sink).toThrow(/Sink/);
});
