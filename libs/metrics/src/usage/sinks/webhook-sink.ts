import { parseOptions, webhookHeaders } from '@rowhouse/core/internal';
import { z } from 'zod';
import { usageEventOf } from '../records/usage-event.js';
import { UsageSinkError } from '../usage-errors.js';
import { post } from './post.js';
import { type SinkSecret, secretSchema, sinkName, sinkUrl } from './sink-options.js';
import type { UsageSink } from './usage-sink.js';

export interface WebhookSinkOptions {
  readonly url: string;
  /** Signs messages, as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: SinkSecret;
  /** Default `webhook`. */
  readonly name?: string;
}

const optionsSchema = z.strictObject({ url: sinkUrl, secret: secretSchema, name: sinkName('webhook') });
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const BATCH = 100;

/**
 * Sends records as CloudEvents (`application/cloudevents-batch+json`), each message signed (Standard Webhooks 1.0.0).
 *
 * @throws {OptionsInvalidError}
 */
export function webhookSink(options: WebhookSinkOptions): UsageSink {
  const { url, secret, name } = parseOptions('webhookSink', optionsSchema, options);
  return {
    name,
    batchSize: BATCH,
    async send({ id, records }, { signal }) {
      const key = secret() ?? '';
      if (!SECRET.test(key))
        throw new UsageSinkError(
          'The secret of webhookSink is none: expected whsec_ and 24 to 64 bytes in base64.',
        );
      const body = JSON.stringify(records.map(usageEventOf));
      const message = { id, timestamp: Math.floor(Date.now() / 1_000), body };
      const headers = {
        'content-type': 'application/cloudevents-batch+json',
        ...webhookHeaders(message, [key]),
      };
      await post({ url, headers, body }, signal);
    },
  };
}
