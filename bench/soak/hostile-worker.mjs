import { ATTACKS } from '../app/dist/hostile/attacks.js';
import { HttpConnection } from '../harness/http-connection.mjs';
import { hostileRequestBytes } from '../harness/requests.mjs';
import { serveTasks } from '../harness/serve-tasks.mjs';

/** The process of the hostile tenants: each sends all attacks in turn, several at once, for some seconds. */
const KINDS = Object.keys(ATTACKS);
const REQUEST_TIMEOUT_MS = 10_000;
const AFTER_FAILURE_MS = 100;

async function attack({ port, tenants, concurrency, seconds }) {
  const deadline = performance.now() + seconds * 1_000;
  const outcomes = Object.fromEntries(KINDS.map((kind) => [kind, {}]));
  const count = (kind, outcome) => {
    outcomes[kind][outcome] = (outcomes[kind][outcome] ?? 0) + 1;
  };
  const drive = async (tenant, first) => {
    const connection = new HttpConnection(port, { keepsBodies: true, timeoutMs: REQUEST_TIMEOUT_MS });
    for (let turn = first; performance.now() < deadline; turn += 1) {
      const kind = KINDS[turn % KINDS.length];
      const { error, status, body } = await send(connection, hostileRequestBytes(kind, tenant));
      count(kind, error ? error.message : outcomeOf(status, body));
      if (error) await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE_MS));
    }
    connection.close();
  };
  // They begin at different attacks, so that each attack meets each other one.
  const drivers = tenants.flatMap((tenant, which) =>
    Array.from({ length: concurrency }, (_, index) => drive(tenant, (which * concurrency + index) * 5)),
  );
  await Promise.all(drivers);
  return outcomes;
}

function send(connection, bytes) {
  return new Promise((resolve) => {
    connection.send(bytes, (error, status, body) => resolve({ error, status, body }));
  });
}

function outcomeOf(status, body) {
  return status === 200 ? JSON.parse(body.toString()).outcome : `status ${status}`;
}

serveTasks({ attack });
