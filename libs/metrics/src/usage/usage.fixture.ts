import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Catalog } from '@rowhouse/core';
import { MetricsCollector } from '../collector/metrics-collector.js';
import { MetricsFlusher } from '../flush/metrics-flusher.js';
import type { OwnMeters } from './usage-meters.js';
import { UsageRecorder } from './usage-recorder.js';

export const STATEMENT = { text: 'select 1', durationMs: 2, rows: 3, failed: false, begun: undefined };

/** A clock that a test sets. */
export class Clock {
  constructor(public now: number) {}

  to(text: string): void {
    this.now = new Date(text).getTime();
  }
}

/** An instance that counts and records, by the clock of a test; nothing happens by itself. */
export function openUsage(catalog: Catalog, clock: Clock, meters: OwnMeters = { emails: 'emails' }) {
  const now = () => clock.now;
  const collector = new MetricsCollector({ slowStatementMs: 500, userOf: () => undefined, now });
  const problems: unknown[] = [];
  const flusher = new MetricsFlusher({
    catalog,
    collector,
    flushMs: 60_000,
    onProblem: (error) => problems.push(error),
  });
  const recorder = new UsageRecorder({ catalog, meters, now, onProblem: (error) => problems.push(error) });
  return { collector, flusher, recorder, problems };
}

/** A request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A server on this host. @param answer - of a request: a status and a body, or `undefined`: it breaks off. */
export async function openReceiver(answer: (received: Received) => readonly [number, string?] | undefined) {
  const received: Received[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { path: request.url ?? '', headers: request.headers, text: Buffer.concat(chunks).toString() };
    received.push(one);
    const [status, body] = answer(one) ?? [];
    if (status === undefined) response.destroy();
    else response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
