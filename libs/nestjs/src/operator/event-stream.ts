import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Logger, StreamableFile } from '@nestjs/common';
import { type PlatformResponse, rawResponseOf } from './platform-response.js';

/** One event of a stream (HTML standard, section 9.2). */
export interface ServerSentEvent {
  readonly event: string;
  /** Sent as JSON. */
  readonly data: unknown;
  /** A client that connects again sends the last one as `Last-Event-ID`: `@Headers('last-event-id')`. */
  readonly id?: string;
}

export interface EventStreamOptions {
  /** Ends the stream, as when the application shuts down. */
  readonly signal?: AbortSignal;
  /** A comment is sent after so long without an event: proxies close connections that are silent. Default 15,000. */
  readonly heartbeatMs?: number;
}

const HEARTBEAT = ': nothing new\n\n';

/**
 * Answers with server-sent events, on Express and on Fastify. The headers are sent at once.
 *
 *     @Get('events')
 *     events(@Res({ passthrough: true }) response: PlatformResponse): StreamableFile {
 *       return eventStream(response, (signal) => this.jobs.changes(signal));
 *     }
 *
 * What can be refused is refused before this is called: afterwards the status is out, so a source that fails is logged
 * and ends the stream, and clients connect again.
 *
 * @param source - makes the events. Its signal is aborted when the client has gone or `options.signal` is.
 */
export function eventStream(
  response: PlatformResponse,
  source: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
  { signal, heartbeatMs = 15_000 }: EventStreamOptions = {},
): StreamableFile {
  response.header('Cache-Control', 'no-cache, no-transform');
  // nginx would hold events back until its buffer is full.
  response.header('X-Accel-Buffering', 'no');
  const stop = new AbortController();
  const abort = () => stop.abort();
  const raw = rawResponseOf(response);
  const output = new PassThrough();
  raw.once('close', abort);
  output.once('close', abort);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted || raw.destroyed) abort();
  void send(source, output, stop.signal, heartbeatMs).finally(() =>
    signal?.removeEventListener('abort', abort),
  );
  return new StreamableFile(output, { type: 'text/event-stream; charset=utf-8' });
}

async function send(
  source: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
  output: PassThrough,
  signal: AbortSignal,
  heartbeatMs: number,
): Promise<void> {
  // Something has to be written for the headers to be sent.
  output.write(': open\n\n');
  const heartbeat = setInterval(() => {
    if (!output.writableNeedDrain) output.write(HEARTBEAT);
  }, heartbeatMs);
  const end = () => output.end();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const event of source(signal)) {
      if (signal.aborted) break;
      heartbeat.refresh();
      if (!output.write(textOf(event))) await once(output, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) new Logger(eventStream.name).error('A stream of events broke off.', error);
  } finally {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', end);
    output.end();
  }
}

/** @throws {TypeError} for a name or id with a line break, which would end the field. */
function textOf({ event, data, id }: ServerSentEvent): string {
  const fields = { event, ...(id !== undefined && { id }), data: JSON.stringify(data ?? null) };
  return `${Object.entries(fields).map(lineOf).join('\n')}\n\n`;
}

function lineOf([field, value]: [string, string]): string {
  if (/[\r\n]/.test(value)) throw new TypeError(`An event's ${field} has a line break.`);
  return `${field}: ${value}`;
}
