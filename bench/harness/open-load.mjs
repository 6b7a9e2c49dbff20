import { HttpConnection } from './http-connection.mjs';
import { burningRequestBytes, requestBytes, slowRequestBytes } from './requests.mjs';
import { median, percentile, randomFrom } from './statistics.mjs';
import { WORKS } from './works.mjs';

/** Longer than the longest timeout of the apps. */
const REQUEST_TIMEOUT_MS = 20_000;

/**
 * Quiet tenants that send requests at a fixed rate, and optionally one that floods the app with slow statements.
 *
 * The load is open: each request is due at a fixed time, whether or not earlier ones were answered, and its latency
 * counts from that time. A stall therefore affects every request that was due during it, not only one per connection
 * (coordinated omission). The latency includes the delay of the generator itself, which is also reported separately.
 *
 * @param {object} load
 * @param {number} load.port
 * @param {{ tenants: number, perSecond: number }} load.quiet the tenants 1 to `tenants`, all together so many requests
 * @param {{ tenant: number, perSecond: number, statementMs?: number, statementRows?: number }} [load.flood] statements that wait
 *   so long, or burn the processor for so many rows
 * @param {number} load.leadSeconds under the same load before anything counts
 * @param {number} load.seconds
 * @param {number} load.failedMs a failed request counts as one that took at least as long as this
 * @param {number} load.seed
 */
export async function runOpenLoad({ port, quiet, flood, leadSeconds, seconds, failedMs, seed }) {
  const connections = new ConnectionSet(port);
  const random = randomFrom(seed);
  const requests = Array.from({ length: quiet.tenants }, (_, index) => requestBytes(WORKS.get, index + 1));
  const duration = leadSeconds + seconds;
  const latenciesMs = [];
  const latenessMs = [];
  const failures = new Map();

  const quietLoad = atRate(quiet.perSecond, duration, (dueAt, sinceStartMs) => {
    const counts = sinceStartMs >= leadSeconds * 1_000;
    if (counts) latenessMs.push(performance.now() - dueAt);
    return connections.send(requests[Math.floor(random() * requests.length)]).then(({ error, status }) => {
      if (!counts) return;
      const elapsedMs = performance.now() - dueAt;
      const reason = reasonOf(error, status);
      if (reason) failures.set(reason, (failures.get(reason) ?? 0) + 1);
      latenciesMs.push(reason ? Math.max(elapsedMs, failedMs) : elapsedMs);
    });
  });
  const [, flooded] = await Promise.all([quietLoad, flood && runFlood(flood, duration, connections)]);
  connections.close();
  return {
    requests: latenciesMs.length,
    p50Ms: median(latenciesMs),
    p99Ms: percentile(latenciesMs, 0.99),
    maxMs: Math.max(...latenciesMs),
    generatorLateP99Ms: percentile(latenessMs, 0.99),
    errors: [...failures.values()].reduce((sum, count) => sum + count, 0),
    failures: Object.fromEntries(failures),
    flood: flooded,
  };
}

async function runFlood({ tenant, perSecond, statementMs, statementRows }, duration, connections) {
  const bytes = statementRows
    ? burningRequestBytes(statementRows, tenant)
    : slowRequestBytes(statementMs, tenant);
  const outcome = { sent: 0, served: 0, refused503: 0, failed: 0 };
  await atRate(perSecond, duration, async () => {
    outcome.sent += 1;
    const { error, status } = await connections.send(bytes);
    if (!reasonOf(error, status)) outcome.served += 1;
    else if (status === 503) outcome.refused503 += 1;
    else outcome.failed += 1;
  });
  return outcome;
}

export function reasonOf(error, status) {
  if (error) return error.message;
  return status >= 200 && status < 300 ? undefined : `status ${status}`;
}

/**
 * Calls `send` at evenly spaced times, and catches up when the timer is late. Ends when all requests are
 * answered.
 *
 * @param {(dueAt: number, sinceStartMs: number) => Promise<void>} send
 */
export function atRate(perSecond, seconds, send) {
  const count = Math.round(perSecond * seconds);
  const startedAt = performance.now();
  const answers = [];
  return new Promise((resolve) => {
    const tick = () => {
      const now = performance.now();
      for (; answers.length < count; ) {
        const sinceStartMs = (answers.length * 1_000) / perSecond;
        if (startedAt + sinceStartMs > now) {
          setTimeout(tick, startedAt + sinceStartMs - now);
          return;
        }
        answers.push(send(startedAt + sinceStartMs, sinceStartMs));
      }
      resolve(Promise.all(answers));
    };
    tick();
  });
}

/** Keep-alive connections, one for each request in progress. */
export class ConnectionSet {
  #port;
  #idle = [];
  #all = [];

  constructor(port) {
    this.#port = port;
  }

  /** @returns {Promise<{ error?: Error, status: number }>} */
  send(bytes) {
    const connection = this.#idle.pop() ?? this.#open();
    return new Promise((resolve) => {
      connection.send(bytes, (error, status) => {
        this.#idle.push(connection);
        resolve({ error, status });
      });
    });
  }

  close() {
    for (const connection of this.#all) connection.close();
  }

  #open() {
    const connection = new HttpConnection(this.#port, { timeoutMs: REQUEST_TIMEOUT_MS });
    this.#all.push(connection);
    return connection;
  }
}
