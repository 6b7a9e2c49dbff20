import { METER_NAMES } from '../meters.js';

/** Users of one tenant that are told apart between two flushes. */
const MOST_USERS = 10_000;

/** What one tenant did in a while. Plain arrays: to make and to drop a typed one of this size takes several times as long. */
export class Tally {
  /** A value for each meter. */
  readonly values: number[] = METER_NAMES.map(() => 0);
  /** A histogram of latencies: counts by bucket, up to the last one that has any. */
  readonly latency: number[] = [];
  /** Ids of users, as the app has them. */
  users: Set<string> | undefined;
  /** What the app counts itself, by the names of its meters. */
  usage: Map<string, number> | undefined;

  /** @param meter - its place, see {@link METER_INDEX}. */
  add(meter: number, amount: number): void {
    this.values[meter] = (this.values[meter] ?? 0) + amount;
  }

  countLatency(bucket: number): void {
    this.#widenTo(bucket);
    this.latency[bucket] = (this.latency[bucket] ?? 0) + 1;
  }

  see(user: string): void {
    this.users ??= new Set();
    if (this.users.size < MOST_USERS) this.users.add(user);
  }

  use(meter: string, quantity: number): void {
    this.usage ??= new Map();
    this.usage.set(meter, (this.usage.get(meter) ?? 0) + quantity);
  }

  /** Adds another tally, users left out. */
  addAll({ values, latency, usage }: Tally): void {
    for (let index = 0; index < values.length; index += 1)
      this.values[index] = (this.values[index] ?? 0) + (values[index] ?? 0);
    this.#widenTo(latency.length - 1);
    for (let bucket = 0; bucket < latency.length; bucket += 1)
      this.latency[bucket] = (this.latency[bucket] ?? 0) + (latency[bucket] ?? 0);
    for (const [meter, quantity] of usage ?? []) this.use(meter, quantity);
  }

  #widenTo(bucket: number): void {
    while (this.latency.length <= bucket) this.latency.push(0);
  }
}
