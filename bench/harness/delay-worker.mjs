import net from 'node:net';
import { createHistogram, performance } from 'node:perf_hooks';
import { serveTasks } from './serve-tasks.mjs';

/**
 * The process of the delaying proxy. Timers of Node are whole milliseconds, so it looks at the clock again and again while
 * something is on its way, with naps in between: spinning would take a processor from the apps.
 */
const NAP_MS = 0.05;
const nap = new Int32Array(new SharedArrayBuffer(4));

const oneWayMs = Number(process.env.BENCH_ROUND_TRIP_MS) / 2;

/** What is on its way, of all connections and both directions: all takes the same time, so what comes first leaves first. */
const onItsWay = [];
const lateNs = createHistogram();

function carry(deliver) {
  onItsWay.push({ dueAt: performance.now() + oneWayMs, deliver });
  if (onItsWay.length === 1) setImmediate(deliverDue);
}

function deliverDue() {
  for (let now = performance.now(); onItsWay[0]?.dueAt <= now; now = performance.now()) {
    const { dueAt, deliver } = onItsWay.shift();
    lateNs.record(Math.max(1, Math.round((now - dueAt) * 1_000_000)));
    deliver();
  }
  if (onItsWay.length === 0) return;
  if (onItsWay[0].dueAt - performance.now() > 2 * NAP_MS) Atomics.wait(nap, 0, 0, NAP_MS);
  setImmediate(deliverDue);
}

function pass(from, to) {
  from.setNoDelay();
  from.on('data', (bytes) => carry(() => to.write(bytes)));
  from.on('end', () => carry(() => to.end()));
  from.on('error', () => carry(() => to.destroy()));
}

async function open(target) {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const upstream = net.connect({ ...target, allowHalfOpen: true });
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

serveTasks({
  open,
  lateness: async () => ({
    medianMs: lateNs.percentile(50) / 1_000_000,
    p99Ms: lateNs.percentile(99) / 1_000_000,
  }),
});
