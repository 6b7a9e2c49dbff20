import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalog, Tenant } from '@rowhouse/core';
import {
  MetricsCollector,
  MetricsFlusher,
  recordUsage,
  UsageDelivery,
  UsageRecorder,
} from '@rowhouse/metrics/internal';
import { type UsageEvent, webhookSink } from '@rowhouse/metrics/usage';
import { sentences } from './agreement.js';
import type { Lane } from './lane.js';
import type { OpenFleet } from './open-fleet.js';
import type { Strikes } from './strikes.js';

/** Statements of tenants, which are counted, flushed, recorded and sent meanwhile. */
export interface UsageAct {
  readonly do: 'count usage';
  /** Of this victim alone. */
  readonly meter: string;
  readonly rounds: number;
  readonly receiver: string;
}

/** Every hour is over at once, so that what comes later corrects its record. */
const now = () => Date.now() + 2 * 3_600_000;
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

/** What each victim had counted in all when it began a flush, and whether that has ended. */
const FLUSHES = `
  create schema kill_usage;
  create table kill_usage.flushes (
    id bigserial primary key, meter text not null, has_ended boolean not null default false,
    tenants uuid[] not null, statements bigint[] not null, us bigint[] not null)`;

export async function countAndSend({ catalog, registry, fleet }: OpenFleet, act: UsageAct): Promise<void> {
  const { meter, rounds, receiver } = act;
  const { tenants } = await fleet.tenants.list();
  const collector = new MetricsCollector({ slowStatementMs: 60_000, userOf: () => undefined });
  const counted = new Map(tenants.map(({ id }) => [id, { statements: 0, us: 0 }]));
  registry.observe({
    statement(key, statement) {
      collector.statement(key, statement);
      const known = counted.get(key);
      if (!known) return;
      collector.used(key, meter, 1);
      known.statements += 1;
      known.us += Math.round(statement.durationMs * 1_000);
    },
    waited() {},
    exhausted() {},
    cacheRead() {},
  });
  const flusher = new MetricsFlusher({ catalog, collector, flushMs: 60_000, onProblem: () => {} });
  const recorder = new UsageRecorder({ catalog, meters: {}, now, onProblem: () => {} });
  const delivery = deliveryTo(catalog, receiver);
  delivery.start();
  let recording = Promise.resolve();
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(
      tenants.map((tenant) => registry.for(tenant).query("insert into products (name) values ('counted')")),
    );
    const all = [...counted];
    const { rows } = await catalog.query(
      'insert into kill_usage.flushes (meter, tenants, statements, us) values ($1, $2, $3, $4) returning id',
      [
        meter,
        all.map(([id]) => id),
        all.map(([, { statements }]) => statements),
        all.map(([, { us }]) => us),
      ],
    );
    await flusher.flush();
    await catalog.query('update kill_usage.flushes set has_ended = true where id = $1', [rows[0].id]);
    await recording;
    recording = recorder.run();
  }
  await recording;
  await untilSent(catalog);
  await delivery.close();
}

/** Kills processes that count, flush, record and send. Another process records and sends the rest, as every instance does. */
export async function killUsage(lane: Lane, strikes: Strikes): Promise<void> {
  const tenants: Tenant[] = [];
  for (const isolation of ['schema', 'schema', 'database'] as const)
    tenants.push(await lane.fleet.tenants.create({ slug: `${lane.slug}-used${tenants.length}`, isolation }));
  await lane.catalog.query(FLUSHES);
  await lane.catalog.query('select rowhouse.begin_usage(now())');
  await lane.catalog.query("insert into rowhouse.usage_sinks (name, seq) values ('webhook', 0)");
  const receiver = await openReceiver();
  try {
    for (let n = 0; !strikes.isOver; n += 1)
      await strikes.on({
        label: 'usage',
        act: { do: 'count usage', meter: `victim${n}`, rounds: 8, receiver: receiver.url },
        recover: () => sendRest(lane, receiver.url),
        check: async () => [...(await wronglyBilled(lane)), ...(await wronglySent(lane, receiver.events))],
      });
  } finally {
    receiver.close();
  }
}

/** The lease of the dead ends at once, so that nobody waits a minute for it. */
async function sendRest({ catalog, server }: Lane, url: string): Promise<void> {
  await recordUsage(catalog, now());
  await server.query('update rowhouse.usage_sinks set next_attempt_at = now()');
  const delivery = deliveryTo(catalog, url);
  delivery.start();
  await untilSent(catalog);
  await delivery.close();
}

function deliveryTo(catalog: Catalog, url: string): UsageDelivery {
  return new UsageDelivery(catalog, [{ ...webhookSink({ url, secret: SECRET }), batchSize: 3 }], () => {});
}

async function untilSent(catalog: Catalog): Promise<void> {
  const pending = 'select from rowhouse.usage_sinks s, rowhouse.usage_head h where s.seq < h.seq';
  while ((await catalog.query(pending)).rowCount !== 0) await delay(20);
}

/**
 * A victim's counts that are not those of its last flush that ended, or of one that was under way, for all its tenants alike; and statements
 * whose time is billed twice, or was flushed and is not billed.
 */
async function wronglyBilled({ server }: Lane): Promise<readonly string[]> {
  return sentences(
    server,
    `with billed as (
       select meter, tenant_id, sum(change) as quantity from rowhouse.usage_records group by meter, tenant_id),
     counts as (
       select f.id, f.meter, f.has_ended, u.tenant, u.statements, u.us
         from kill_usage.flushes f, unnest(f.tenants, f.statements, f.us) as u (tenant, statements, us)),
     fits as (
       select c.id, c.meter, bool_and(coalesce(b.quantity, 0) = c.statements) as fits
         from counts c left join billed b on b.meter = c.meter and b.tenant_id = c.tenant group by c.id, c.meter),
     victims as (
       select f.meter, max(f.id) filter (where f.has_ended) as ended, max(f.id) as begun from kill_usage.flushes f group by f.meter),
     applied as (
       select v.meter, (select max(x.id) from fits x where x.meter = v.meter and x.fits and x.id in (v.ended, v.begun)) as id,
              v.ended is null and not exists (select from billed b where b.meter = v.meter) as is_nothing
         from victims v)
     select format('What %s has counted is not billed as any of its last flushes says.', a.meter)
       from applied a where a.id is null and not a.is_nothing
     union all
     select format('%s of the tenant %s: %s is billed, and %s was flushed.', m.meter, s.tenant, b.quantity, m.quantity)
       from (select c.tenant, sum(c.statements) as statements, sum(c.us) as us from counts c join applied a on a.id = c.id group by c.tenant) s
      cross join lateral (values ('statements', s.statements::numeric), ('databaseMs', s.us / 1000.0)) as m (meter, quantity)
       left join billed b on b.tenant_id = s.tenant and b.meter = m.meter
      where b.quantity is distinct from m.quantity
     union all
     select format('The numbers of records have gaps: %s of %s.', count(*), max(seq)) from rowhouse.usage_records having count(*) <> coalesce(max(seq), 0)`,
  );
}

/** Records that the receiver has not had, and what it makes of all that it had. */
async function wronglySent(
  { server }: Lane,
  events: ReadonlyMap<string, UsageEvent>,
): Promise<readonly string[]> {
  const { rows } = await server.query<{ tenant: string; meter: string; quantity: string }>(
    'select tenant_id as tenant, meter, sum(change)::text as quantity from rowhouse.usage_records group by 1, 2',
  );
  const sums = new Map<string, number>();
  for (const { subject, data } of events.values()) {
    const key = `${subject} ${data.meter}`;
    sums.set(key, (sums.get(key) ?? 0) + Math.round(Number(data.change) * 1_000));
  }
  return rows
    .filter(
      ({ tenant, meter, quantity }) =>
        sums.get(`${tenant} ${meter}`) !== Math.round(Number(quantity) * 1_000),
    )
    .map(
      ({ tenant, meter, quantity }) => `The receiver does not have the ${quantity} ${meter} of ${tenant}.`,
    );
}

/** A receiver that knows events by their ids. */
async function openReceiver() {
  const events = new Map<string, UsageEvent>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    // What breaks off before its end was not received.
    for await (const chunk of request) chunks.push(chunk as Buffer);
    for (const event of JSON.parse(Buffer.concat(chunks).toString()) as UsageEvent[])
      events.set(event.id, event);
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
