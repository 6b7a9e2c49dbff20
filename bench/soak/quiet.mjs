import { atRate, ConnectionSet, reasonOf } from '../harness/open-load.mjs';
import { requestBytes } from '../harness/requests.mjs';
import { median, percentile, randomFrom } from '../harness/statistics.mjs';
import { schemaOf, slugOf } from '../harness/tenants.mjs';
import { WORKS } from '../harness/works.mjs';

/** The quiet tenants: they read and write at fixed times, and remember what they were told is written. */
export class QuietTenants {
  #label;
  #tenants;
  #random = randomFrom(1);
  #next = 1;
  /** Of each tenant, the SKUs whose insert was answered. */
  #written = new Map();
  /** Of each tenant, the SKUs of which it is not known, because there was no answer. */
  #unknown = new Map();

  /** @param {string} label of what they write; another run over the same tables has another one */
  constructor(label, tenants) {
    this.#label = label;
    this.#tenants = tenants;
  }

  async run(port, { readsPerSecond, writesPerSecond }, leadSeconds, seconds) {
    const connections = new ConnectionSet(port);
    const latenciesMs = [];
    const failures = new Map();
    const send = async (dueAt, sinceStartMs, bytes) => {
      const { error, status } = await connections.send(bytes);
      const reason = reasonOf(error, status);
      if (reason) failures.set(reason, (failures.get(reason) ?? 0) + 1);
      // A failure has no place among the times: it is an error, of which there may be none.
      else if (sinceStartMs >= leadSeconds * 1_000) latenciesMs.push(performance.now() - dueAt);
      return reason;
    };
    const duration = leadSeconds + seconds;
    await Promise.all([
      atRate(readsPerSecond, duration, (dueAt, since) =>
        send(dueAt, since, requestBytes(WORKS.get, this.#any())),
      ),
      atRate(writesPerSecond, duration, (dueAt, since) => this.#write((bytes) => send(dueAt, since, bytes))),
    ]);
    connections.close();
    return {
      requests: Math.round(readsPerSecond * duration) + Math.round(writesPerSecond * duration),
      errors: [...failures.values()].reduce((sum, count) => sum + count, 0),
      failures: Object.fromEntries(failures),
      p50Ms: median(latenciesMs),
      p99Ms: percentile(latenciesMs, 0.99),
    };
  }

  #any() {
    return 1 + Math.floor(this.#random() * this.#tenants);
  }

  async #write(send) {
    const tenant = this.#any();
    const sku = `${slugOf(tenant)}-${this.#label}-${this.#next}`;
    this.#next += 1;
    const reason = await send(requestBytes(WORKS.post, tenant, sku));
    const list = reason ? this.#unknown : this.#written;
    if (!list.has(tenant)) list.set(tenant, new Set());
    list.get(tenant).add(sku);
  }

  /**
   * Compares what was written with the tables.
   *
   * @returns {Promise<{ written: number, lost: number, foreign: number }>} lost: acknowledged, and not there exactly once;
   *   foreign: there, and never sent by this tenant
   */
  async compare(admin) {
    let [written, lost, foreign] = [0, 0, 0];
    for (let tenant = 1; tenant <= this.#tenants; tenant += 1) {
      const expected = this.#written.get(tenant) ?? new Set();
      const { rows } = await admin.query(
        `select sku, count(*)::int as times from ${schemaOf(tenant)}.products where sku like $1 group by sku`,
        [`%-${this.#label}-%`],
      );
      const times = new Map(rows.map((row) => [row.sku, row.times]));
      written += expected.size;
      for (const sku of expected) if (times.get(sku) !== 1) lost += 1;
      const known = (sku) => expected.has(sku) || this.#unknown.get(tenant)?.has(sku);
      foreign += [...times.keys()].filter((sku) => !known(sku)).length;
    }
    return { written, lost, foreign };
  }
}
