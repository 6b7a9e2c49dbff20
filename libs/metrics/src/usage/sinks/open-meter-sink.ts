import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { EVENT_TYPE, usageEventOf } from '../records/usage-event.js';
import { post } from './post.js';
import { type SinkSecret, secretSchema, sinkName, sinkUrl } from './sink-options.js';
import type { UsageSink } from './usage-sink.js';

export interface OpenMeterSinkOptions {
  /** Where OpenMeter is: `https://openmeter.cloud`, or a server of your own. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. Default: none, for a server of your own. */
  readonly token?: SinkSecret;
  /** Default `openmeter`. */
  readonly name?: string;
}

const optionsSchema = z.strictObject({
  url: sinkUrl,
  token: secretSchema.optional(),
  name: sinkName('openmeter'),
});
const BATCH = 100;

/**
 * Sends records to OpenMeter, `POST /api/v1/events`. A meter there has the event type `rowhouse.usage.requests`, sums `$.change`, and
 * names tenants by their ids. OpenMeter drops an event whose `id` and `source` it knows.
 *
 * @throws {OptionsInvalidError}
 */
export function openMeterSink(options: OpenMeterSinkOptions): UsageSink {
  const { url, token, name } = parseOptions('openMeterSink', optionsSchema, options);
  const events = new URL('api/v1/events', url.endsWith('/') ? url : `${url}/`).href;
  return {
    name,
    batchSize: BATCH,
    async send({ records }, { signal }) {
      const headers = {
        'content-type': 'application/cloudevents-batch+json',
        ...(token && { authorization: `Bearer ${token() ?? ''}` }),
      };
      const body = JSON.stringify(
        records.map((record) => ({ ...usageEventOf(record), type: `${EVENT_TYPE}.${record.meter}` })),
      );
      await post({ url: events, headers, body }, signal);
    },
  };
}
