import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { decimalOf, floorOf, minus } from '../cost/decimal.js';
import { beginOf } from '../month.js';
import { eventIdOf } from '../records/usage-event.js';
import type { UsageRecord } from '../records/usage-record.js';
import { meterSchema } from '../usage-meters.js';
import { post } from './post.js';
import { type SinkSecret, secretSchema, sinkName, sinkUrl } from './sink-options.js';
import type { UsageSink } from './usage-sink.js';

/** Who used something, as its record names it. */
export interface BilledTenant {
  readonly id: string;
  readonly slug: string | null;
  readonly plan: string | null;
}

/** The id of a tenant's customer at Stripe; `undefined` for a tenant that is not billed there. */
export type CustomerOf = (tenant: BilledTenant) => string | undefined | Promise<string | undefined>;

export interface StripeSinkOptions {
  /** A secret or restricted key. */
  readonly secretKey: SinkSecret;
  readonly customerOf: CustomerOf;
  /** The `event_name` of Stripe's meter, by the meter here: `{ requests: 'api_requests' }`. Others are not sent. */
  readonly events: Readonly<Record<string, string>>;
  /** Default `https://api.stripe.com`. */
  readonly url?: string;
  /** Default `stripe`. */
  readonly name?: string;
}

const optionsSchema = z.strictObject({
  secretKey: secretSchema,
  customerOf: z.custom<CustomerOf>((value) => typeof value === 'function', 'expected a function (tenant)'),
  events: z.record(meterSchema, z.string().min(1).max(100)),
  url: sinkUrl.default('https://api.stripe.com'),
  name: sinkName('stripe'),
});

/** Stripe takes no older ones than 35 days. Milliseconds. */
const OLDEST_MS = 34 * 86_400_000;
const KNOWN = /event already exists with identifier/i;

/**
 * Sends records to Stripe, `POST /v1/billing/meter_events`, one at a time. Stripe takes whole numbers, and adds them up: it gets the whole part
 * of what is new, and the rest of an hour with its next revision. It refuses an `identifier` that it knows from the last 24 hours, which is
 * a success here.
 *
 * @throws {OptionsInvalidError}
 */
export function stripeSink(options: StripeSinkOptions): UsageSink {
  const { secretKey, customerOf, events, url, name } = parseOptions('stripeSink', optionsSchema, options);
  const endpoint = new URL('v1/billing/meter_events', url.endsWith('/') ? url : `${url}/`).href;
  return {
    name,
    // Stripe knows an identifier for a day only, so a record is behind us as soon as it is taken.
    batchSize: 1,
    async send({ records }, { signal }) {
      for (const record of records) {
        const event = Object.hasOwn(events, record.meter) ? events[record.meter] : undefined;
        const value = wholeChangeOf(record);
        if (event === undefined || value === 0n) continue;
        const customer = await customerOf({
          id: record.tenantId,
          slug: record.tenantSlug,
          plan: record.tenantPlan,
        });
        if (customer === undefined) continue;
        const body = new URLSearchParams({
          event_name: event,
          'payload[stripe_customer_id]': customer,
          'payload[value]': value.toString(),
          identifier: eventIdOf(record),
          timestamp: String(timestampOf(record)),
        }).toString();
        const headers = {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Bearer ${secretKey() ?? ''}`,
        };
        await post(
          { url: endpoint, headers, body },
          signal,
          (status, text) => status === 400 && KNOWN.test(text),
        );
      }
    },
  };
}

function wholeChangeOf({ quantity, change }: UsageRecord): bigint {
  const all = decimalOf(quantity);
  return floorOf(all) - floorOf(minus(all, decimalOf(change)));
}

/** In the month whose bill it belongs to, and not older than Stripe takes. Seconds since 1970. */
function timestampOf({ hour, month }: UsageRecord): number {
  const at = Math.max(hour.getTime(), beginOf(month).getTime(), Date.now() - OLDEST_MS);
  return Math.floor(at / 1_000);
}
