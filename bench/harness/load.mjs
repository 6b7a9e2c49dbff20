import { HttpConnection } from './http-connection.mjs';
import { requestBytes } from './requests.mjs';
import { median, randomFrom } from './statistics.mjs';
import { drawerOf, slugOf } from './tenants.mjs';
import { WORKS } from './works.mjs';

/** The pause after a failed connection, so that a server that refuses connections is not retried in a busy loop. */
const AFTER_FAILURE_MS = 10;

const isSuccess = (error, status) => !error && status >= 200 && status < 300;

/** Connections of earlier loads, by port: an app is asked again and again, and none of it is to pay for connecting. */
const open = new Map();

function connectionsTo(port, count) {
  const connections = open.get(port) ?? [];
  open.set(port, connections);
  while (connections.length < count) connections.push(new HttpConnection(port));
  return connections.slice(0, count);
}

/**
 * Keeps `connections` requests in progress for `seconds`, each for a random tenant of the first `tenants`.
 *
 * Answers after that time do not count for the throughput, but are waited for.
 *
 * @param {object} load
 * @param {string} load.work one of {@link WORKS}
 * @param {'uniform' | 'zipf'} [load.draw] how often which tenant is asked for
 */
export async function runLoad({ port, work, tenants, connections, seconds, seed, draw = 'uniform' }) {
  const next = drawerOf(draw, tenants, randomFrom(seed));
  const requests = Array.from({ length: tenants }, (_, index) => requestBytes(WORKS[work], index + 1));
  const latenciesUs = [];
  const failures = new Map();
  let late = 0;
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;

  function drive(connection) {
    return new Promise((resolve) => {
      const ask = () => {
        const sentAt = performance.now();
        if (sentAt >= deadline) {
          resolve();
          return;
        }
        connection.send(requests[next()], (error, status) => {
          const now = performance.now();
          if (isSuccess(error, status)) {
            if (now <= deadline) latenciesUs.push((now - sentAt) * 1_000);
            else late += 1;
            ask();
            return;
          }
          const reason = error ? error.message : `status ${status}`;
          failures.set(reason, (failures.get(reason) ?? 0) + 1);
          if (error) setTimeout(ask, AFTER_FAILURE_MS);
          else ask();
        });
      };
      ask();
    });
  }

  await Promise.all(connectionsTo(port, connections).map(drive));
  return {
    /** Successful answers in time, per second. */
    throughput: latenciesUs.length / seconds,
    /** Successful answers, late ones included: what the CPU time was spent on. */
    answered: latenciesUs.length + late,
    p50Us: median(latenciesUs),
    errors: [...failures.values()].reduce((sum, count) => sum + count, 0),
    failures: Object.fromEntries(failures),
  };
}

/** Repetitions of the first request, the median of which counts as warm. */
const WARM_REPETITIONS = 5;

/**
 * One request at a time: each tenant's first request, and then the same again.
 *
 * @returns {Promise<{ firstUs: number, warmUs: number, errors: number }>} medians over the tenants that answered.
 */
export async function probeFirstRequests({ port, work, warmTenant, firstTenant, tenants }) {
  const connection = new HttpConnection(port);
  const firstUs = [];
  const warmUs = [];
  let errors = 0;
  const time = (bytes) =>
    new Promise((resolve) => {
      const sentAt = performance.now();
      connection.send(bytes, (error, status) => {
        const elapsedUs = (performance.now() - sentAt) * 1_000;
        if (!isSuccess(error, status)) errors += 1;
        resolve(isSuccess(error, status) ? elapsedUs : Number.NaN);
      });
    });
  try {
    for (let repetition = 0; repetition < WARM_REPETITIONS; repetition += 1) {
      await time(requestBytes(WORKS[work], warmTenant));
    }
    for (let number = firstTenant; number < firstTenant + tenants; number += 1) {
      const bytes = requestBytes(WORKS[work], number);
      const first = await time(bytes);
      const repeated = [];
      for (let repetition = 0; repetition < WARM_REPETITIONS; repetition += 1)
        repeated.push(await time(bytes));
      const warm = median(repeated.filter(Number.isFinite));
      if (Number.isFinite(first) && Number.isFinite(warm)) {
        firstUs.push(first);
        warmUs.push(warm);
      }
    }
  } finally {
    connection.close();
  }
  return { firstUs: median(firstUs), warmUs: median(warmUs), errors };
}

/** What begins with a slug in an answer: names of products and of authors. */
const MARKS = /(?<=")t\d{5}(?=-)/g;

/**
 * Requests the same of several tenants at the same time and checks the answers: a variant that mixes up tenants
 * must not be measured.
 *
 * @param {object} question
 * @param {string} question.work one of {@link WORKS} that reads
 * @returns {Promise<string | undefined>} what is wrong, if anything.
 */
export async function findForeignRows({ port, work, tenants }) {
  const answers = await Promise.all(
    tenants.map(
      (number) =>
        new Promise((resolve) => {
          const connection = new HttpConnection(port, { keepsBodies: true });
          connection.send(requestBytes(WORKS[work], number), (error, status, body) => {
            connection.close();
            resolve({ number, error, status, body });
          });
        }),
    ),
  );
  for (const { number, error, status, body } of answers) {
    if (!isSuccess(error, status)) continue;
    const slug = slugOf(number);
    const found = body.toString().match(MARKS) ?? [];
    if (found.length === 0) return `${slug} was answered no row of a tenant`;
    const foreign = found.find((other) => other !== slug);
    if (foreign) return `${slug} was answered a row of ${foreign}`;
  }
  return undefined;
}
