import type { UsageRecord } from '../records/usage-record.js';

/** Records that are sent together. The same ones when they are sent again. */
export interface UsageBatch {
  /** Names the batch, for receivers that take each once: `1042-1141`. */
  readonly id: string;
  readonly records: readonly UsageRecord[];
}

/** Where usage is sent: {@link webhookSink}, {@link openMeterSink}, {@link stripeSink}, or one of the app's own. */
export interface UsageSink {
  /** Names the place that it has come to, in the catalog. */
  readonly name: string;
  /** Records of one batch, at most. */
  readonly batchSize: number;
  /**
   * Sends a batch. It may be one that was sent before, so that the receiver must know records by their ids.
   *
   * @param options.signal - aborted after 45 seconds; another process may send the batch a little later.
   * @throws {UsageSinkError} or anything else: the batch is sent again, and nothing after it before.
   */
  send(batch: UsageBatch, options: { readonly signal: AbortSignal }): Promise<void>;
}
